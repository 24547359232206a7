import FaceKit

/// What the robot does of itself: it blinks, its eyes wander, it looks away as people do, and it nods to the person's
/// pauses.
public struct Habits: Sendable {
    /// What the robot is at, which sets how often it blinks and looks away.
    public enum Mode: String, Sendable {
        case idle, listening, speaking, thinking
    }

    /// Whether any of it is on.
    public var isOn = true
    /// Blinks a minute; nil takes those of the mode.
    public var blinkRate: Double?
    /// Whether the person's pauses are answered with nods.
    public var givesBackchannels = true
    /// Height of a backchannel's first nod, rad.
    public var nodAmplitude: Float = 8 * .pi / 180
    /// Whether the robot looks away from time to time.
    public var looksAway = true

    var thinkingUntil = -Double.infinity
    var blinks: BlinkGenerator
    var blinkClosure: Float = 0
    /// How much of a blink is shown: it fades while somebody else moves the lids.
    var lids: Float = 1
    var restingLids = RestingLids()
    var glance: Saccades
    var hold = GazeHold()
    /// Whether the person is held in view just now.
    var holds = false
    var aversion: GazeAversion
    var backchannel: BackchannelTrigger

    init(seed: UInt64) {
        blinks = BlinkGenerator(rate: Self.blinkRate(.idle), seed: seed)
        glance = Saccades(seed: seed)
        aversion = GazeAversion(seed: seed)
        backchannel = BackchannelTrigger(seed: seed)
    }

    /// Blinks a minute: at rest 17 and in conversation 26 (Bentivoglio 1997), 18 while listening (`protocols` §6).
    static func blinkRate(_ mode: Mode) -> Double {
        switch mode {
        case .idle: 17
        case .listening: 18
        case .speaking, .thinking: 26
        }
    }
}

extension BehaviourEngine {
    /// What the robot is at just now.
    public var mode: Habits.Mode {
        if time < habits.thinkingUntil { return .thinking }
        if isSpeaking { return .speaking }
        return person.isPresent ? .listening : .idle
    }

    /// What it does of itself as an operator wants it.
    public mutating func setHabits(isOn: Bool, blinkRate: Double?) {
        habits.isOn = isOn
        habits.blinkRate = blinkRate
    }

    /// Thinks for so many seconds: gaze and blinks are those of somebody who does.
    public mutating func think(seconds: Double) { habits.thinkingUntil = time + seconds }

    /// One tick of what happens of itself.
    mutating func liveOn() {
        let mode = mode
        blink(mode)
        let gazes = habits.isOn && !isClaimed([.head, .eyes], above: Layer.gaze)
        habits.glance.step(framePeriod, isOn: gazes, mode: mode)
        habits.holds = gazes && person.isPresent && mode != .thinking
        habits.hold.step(framePeriod, towards: habits.holds ? SIMD2(person.bearing, person.elevation) : .zero)
        if habits.isOn, habits.looksAway, person.isPresent, gazes {
            let isTurnEnding = time - person.spokeAt > 0.1 && time - person.spokeAt < 1.5
            if let away = habits.aversion.step(time, mode: mode, isHeld: isTurnEnding) {
                play(
                    .look(yaw: away.yaw, pitch: away.pitch, attack: 0.2, hold: away.seconds), layer: Layer.gaze,
                    owner: Self.autonomy)
                events.append(Event(name: "gaze_averted", time: time))
            }
        } else {
            habits.aversion.postpone(to: time)
        }
        answer()
    }

    private mutating func blink(_ mode: Habits.Mode) {
        habits.blinks.rate = habits.isOn ? habits.blinkRate ?? Habits.blinkRate(mode) : 0
        habits.blinkClosure = habits.blinks.next(after: framePeriod)
        if habits.blinks.isBeginning { events.append(Event(name: "blink", time: time)) }
        let target: Float = isClaimed([.lids], above: Layer.blink) ? 0 : 1
        let most = Float(framePeriod / 0.1)
        habits.lids += min(max(target - habits.lids, -most), most)
    }

    /// Lets blinks of the generators' own pass without showing, as far as the robot's blinks count: all are its own then.
    mutating func restLids(of face: inout FaceChannels) {
        let (left, right) = (Blendshape.eyeBlinkLeft.rawValue, Blendshape.eyeBlinkRight.rawValue)
        // Where the lids rest is known from the first frame on, whoever blinks just now.
        let rest = habits.restingLids.rest(left: face.values[left], right: face.values[right], after: framePeriod)
        guard habits.isOn else { return }
        let weight = presence(of: Layer.blink)
        face.values[left] += (rest.left - face.values[left]) * weight
        face.values[right] += (rest.right - face.values[right]) * weight
    }

    /// Closes the lids for a blink of its own.
    func applyBlink(to face: inout FaceChannels, weight: Float) {
        guard habits.isOn else { return }
        // Left to the control tick, the lids are only kept from blinking a second time.
        let closure = leavesReflexes ? 0 : habits.blinkClosure * habits.lids * weight
        for shape in [Blendshape.eyeBlinkLeft, .eyeBlinkRight] {
            // What lower layers do with the lids counts a little, so that a blink still shows.
            let own = min(face.values[shape.rawValue], BlinkGenerator.mostOwn)
            face.values[shape.rawValue] += (own + closure * (1 - own) - face.values[shape.rawValue]) * weight
        }
        for shape in [Blendshape.eyeWideLeft, .eyeWideRight] { face.values[shape.rawValue] *= 1 - closure }
    }

    /// Nods where a listener would.
    private mutating func answer() {
        guard habits.isOn, habits.givesBackchannels, person.isPresent, !isSpeaking else {
            habits.backchannel.reset()
            return
        }
        guard
            let nods = habits.backchannel.step(
                time: time, isVoiced: person.isVoiced, pitch: person.voicePitch, isListening: true)
        else { return }
        events.append(Event(name: "backchannel", time: time))
        guard !isClaimed([.head], above: Layer.listening) else { return }
        play(.nod(count: nods, amplitude: habits.nodAmplitude), layer: Layer.listening, owner: Self.autonomy)
    }
}
