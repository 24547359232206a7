import FaceKit

/// The small jumps of the eyes between fixations, around where the robot looks.
///
/// Gaps and sizes are those of people in video calls, as `python -m mien_training.behaviour.gaze` prints them from
/// `data/gaze`: from one fixation's begin to the next a median of 0.53 s, log-normal; the eyes' distance from the middle has
/// a deviation of 1.2° across and 1.1° down while listening, 5.7° and 2.7° while speaking. Of these jumps only those above 1°
/// are made, as smaller ones are not seen and wear servos.
struct Saccades: Sendable {
    private let random: CounterRandom
    private var number: UInt32 = 0
    private var remaining = 1.0
    private var target = SIMD2<Float>(0, 0)
    /// Yaw and pitch of the eyes now, rad.
    private(set) var angle = SIMD2<Float>(0, 0)

    /// ARKit's eye looks reach 1 at some 30°.
    static let reach: Float = 30 * .pi / 180
    private static let degree: Float = .pi / 180
    private static let least: Float = 1 * degree

    init(seed: UInt64) { random = CounterRandom(seed: seed, system: .behaviour, stream: 0x6579_6573) }

    mutating func step(_ seconds: Double, isOn: Bool, mode: Habits.Mode) {
        remaining -= seconds
        if !isOn {
            target = .zero
        } else if remaining <= 0 {
            number += 1
            remaining += 0.53 * PortableMath.exp(0.46 * Double(random.normal(frame: number, draw: 0)))
            let spread =
                (mode == .speaking || mode == .thinking ? SIMD2<Float>(5.7, 2.7) : SIMD2(1.2, 1.1)) * Self.degree
            let next = SIMD2(random.normal(frame: number, draw: 2), random.normal(frame: number, draw: 4)) * spread
            let bounded = next.clamped(lowerBound: spread * -2.5, upperBound: spread * 2.5)
            let way = bounded - target
            if (way * way).sum() >= Self.least * Self.least { target = bounded }
        }
        remaining = max(remaining, 0)
        // A saccade of some degrees takes 40 ms or so: two frames.
        angle += (target - angle) * 0.7
    }

    /// Moves the eyes of a face.
    func apply(to face: inout FaceChannels) {
        Self.turnEyes(of: &face, by: angle)
    }

    /// Turns both eyes by a yaw to the left and a pitch down, rad.
    static func turnEyes(of face: inout FaceChannels, by angle: SIMD2<Float>) {
        guard angle != .zero else { return }
        shift(&face, .eyeLookOutLeft, .eyeLookInLeft, by: angle.x / reach)
        shift(&face, .eyeLookInRight, .eyeLookOutRight, by: angle.x / reach)
        shift(&face, .eyeLookDownLeft, .eyeLookUpLeft, by: angle.y / reach)
        shift(&face, .eyeLookDownRight, .eyeLookUpRight, by: angle.y / reach)
    }

    /// One axis of one eye, which has a coefficient for each way.
    private static func shift(_ face: inout FaceChannels, _ one: Blendshape, _ other: Blendshape, by way: Float) {
        let sum = face.values[one.rawValue] - face.values[other.rawValue] + way
        face.values[one.rawValue] = max(0, min(sum, 1))
        face.values[other.rawValue] = max(0, min(-sum, 1))
    }
}

/// Holds the person in view: eyes and head turn to where the tracker sees them, smoothly, and back when they go.
struct GazeHold: Sendable {
    /// Yaw and pitch of the whole gaze now, rad.
    private(set) var angle = SIMD2<Float>(0, 0)
    private static let most = SIMD2<Float>(0.5, 0.3)
    /// Seconds in which two thirds of the way are made.
    private static let seconds: Float = 0.35
    /// What the eyes take of the way; the head takes the rest.
    private static let eyes: Float = 0.5

    mutating func step(_ seconds: Double, towards target: SIMD2<Float>) {
        let bounded = target.clamped(lowerBound: -Self.most, upperBound: Self.most)
        angle += (bounded - angle) * min(1, Float(seconds) / Self.seconds)
        if (angle * angle).sum() < 1e-8, target == .zero { angle = .zero }
    }

    func apply(to face: inout FaceChannels) {
        Saccades.turnEyes(of: &face, by: angle * Self.eyes)
        face.values[FaceChannels.firstHead] += angle.x * (1 - Self.eyes)
        face.values[FaceChannels.firstHead + 1] += angle.y * (1 - Self.eyes)
    }
}
