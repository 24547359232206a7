import FaceKit

extension MotionClip {
    private static let yaw = FaceChannel(rawValue: FaceChannels.firstHead)
    private static let pitch = FaceChannel(rawValue: FaceChannels.firstHead + 1)
    private static let roll = FaceChannel(rawValue: FaceChannels.firstHead + 2)

    /// Nods: each cycle goes down and back, the first the largest, each next four fifths of it, the last three fifths
    /// (Mori 2025). A cycle takes 0.40 s by default, since servos are slower than necks (Kihara 2016: 0.27 s).
    public static func nod(count: Int, amplitude: Float, cycle: Double = 0.40) -> MotionClip {
        swing(pitch, count: count, amplitude: amplitude, cycle: cycle, isTwoSided: false)
    }

    /// Shakes: left, right, and back, decaying as nods do.
    public static func shake(count: Int, amplitude: Float, cycle: Double = 0.55) -> MotionClip {
        swing(yaw, count: count, amplitude: amplitude, cycle: cycle, isTwoSided: true)
    }

    /// A tilt to a side (positive: to the right shoulder), held and taken back.
    public static func tilt(angle: Float, hold: Double) -> MotionClip {
        held(roll, angle, attack: 0.5, hold: hold)
    }

    private static func swing(
        _ channel: FaceChannel?, count: Int, amplitude: Float, cycle: Double, isTwoSided: Bool
    ) -> MotionClip {
        guard let channel else { return MotionClip(curves: [:], duration: 0) }
        var keys = [Key(0, 0)]
        for number in 0..<count {
            var share: Float = 1
            for _ in 0..<number { share *= 0.8 }
            if number > 0, number == count - 1 { share *= 0.75 }
            let start = Double(number) * cycle
            if isTwoSided {
                keys.append(Key(start + cycle * 0.28, amplitude * share))
                keys.append(Key(start + cycle * 0.75, -amplitude * share))
            } else {
                keys.append(Key(start + cycle * 0.45, amplitude * share))
            }
            keys.append(Key(start + cycle, 0))
        }
        return MotionClip(curves: [channel: keys], duration: Double(count) * cycle)
    }

    private static func held(_ channel: FaceChannel?, _ value: Float, attack: Double, hold: Double) -> MotionClip {
        guard let channel else { return MotionClip(curves: [:], duration: 0) }
        let end = attack + hold + attack
        return MotionClip(
            curves: [channel: [Key(0, 0), Key(attack, value), Key(attack + hold, value), Key(end, 0)]], duration: end)
    }

    /// A face that comes, stays and goes: coefficients with the seconds of each part.
    public static func expression(
        _ values: [Blendshape: Float], attack: Double, hold: Double, release: Double
    ) -> MotionClip {
        let end = attack + hold + release
        var curves: [FaceChannel: [Key]] = [:]
        for (shape, value) in values {
            curves[FaceChannel(shape)] = [
                Key(0, 0), Key(attack, value), Key(attack + hold, value), Key(end, 0),
            ]
        }
        return MotionClip(curves: curves, duration: end)
    }

    /// Blinks of both eyes or one: 75 ms closing, 40 ms closed, 135 ms opening, with a pause between.
    public static func blink(left: Bool = true, right: Bool = true, count: Int = 1, closed: Double = 0.04) -> MotionClip
    {
        var keys = [Key(0, 0)]
        for number in 0..<count {
            let start = Double(number) * (0.40 + closed)
            keys += [Key(start + 0.075, 1), Key(start + 0.075 + closed, 1), Key(start + 0.21 + closed, 0)]
        }
        var curves: [FaceChannel: [Key]] = [:]
        if left { curves[FaceChannel(.eyeBlinkLeft)] = keys }
        if right { curves[FaceChannel(.eyeBlinkRight)] = keys }
        return MotionClip(curves: curves, duration: keys.last?.time ?? 0)
    }

    /// The eyes' share of a look, up to 25° each way; the head takes what the eyes leave and a part of what they take.
    public static func look(yaw yawAngle: Float, pitch pitchAngle: Float, attack: Double, hold: Double) -> MotionClip {
        func split(_ angle: Float) -> (head: Float, eyes: Float) {
            let most: Float = 25 * .pi / 180
            let eyes = min(max(angle * 0.6, -most), most)
            return (angle - eyes, eyes)
        }
        let (headYaw, eyeYaw) = split(yawAngle)
        let (headPitch, eyePitch) = split(pitchAngle)
        let release = 0.5
        let end = attack + hold + release
        var curves: [FaceChannel: [Key]] = [:]
        func add(_ channel: FaceChannel?, _ value: Float, _ attack: Double) {
            guard let channel else { return }
            curves[channel] = [Key(0, 0), Key(attack, value), Key(attack + hold, value), Key(end, 0)]
        }
        add(yaw, headYaw, attack)
        add(pitch, headPitch, attack)
        // ARKit's eye looks reach 1 at some 30°. Eyes arrive before the head.
        let reach: Float = 30 * .pi / 180
        let (across, down) = (eyeYaw / reach, eyePitch / reach)
        let eyes = min(attack, 0.15)
        add(FaceChannel(.eyeLookOutLeft), max(across, 0), eyes)
        add(FaceChannel(.eyeLookInRight), max(across, 0), eyes)
        add(FaceChannel(.eyeLookInLeft), max(-across, 0), eyes)
        add(FaceChannel(.eyeLookOutRight), max(-across, 0), eyes)
        add(FaceChannel(.eyeLookDownLeft), max(down, 0), eyes)
        add(FaceChannel(.eyeLookDownRight), max(down, 0), eyes)
        add(FaceChannel(.eyeLookUpLeft), max(-down, 0), eyes)
        add(FaceChannel(.eyeLookUpRight), max(-down, 0), eyes)
        return MotionClip(curves: curves, duration: end)
    }

    /// A mouth that says a text: an opening a syllable, four and a half syllables a second, with a pause at each mark.
    public static func speech(_ text: String, random: (Int) -> Float) -> MotionClip {
        let vowels = Set("aeiouyäöüáéíóúàèìòùâêîôû")
        var keys = [Key(0, 0)]
        var wide = [Key(0, 0)]
        var time = 0.0
        var number = 0
        var wasVowel = false
        for letter in text.lowercased() {
            let isVowel = vowels.contains(letter)
            if isVowel, !wasVowel {
                number += 1
                let open = 0.15 + 0.25 * random(number)
                keys += [Key(time + 0.09, open), Key(time + 0.22, 0.04)]
                wide += [Key(time + 0.09, "eiy".contains(letter) ? 0.3 : 0.05), Key(time + 0.22, 0.05)]
                time += 0.222
            }
            if ".!?".contains(letter) { time += 0.4 }
            if ",;:".contains(letter) { time += 0.2 }
            wasVowel = isVowel
        }
        keys.append(Key(time + 0.15, 0))
        wide.append(Key(time + 0.15, 0))
        return MotionClip(
            curves: [
                FaceChannel(.jawOpen): keys, FaceChannel(.mouthStretchLeft): wide,
                FaceChannel(.mouthStretchRight): wide,
            ], duration: time + 0.15)
    }
}
