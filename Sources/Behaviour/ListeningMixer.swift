import FaceKit
import Motion

/// The way between idling and listening: SUHMo keeps the face alive when nobody is there, SFMS takes over when somebody
/// is, and the change eases in and out.
///
/// The weight of listening follows a minimum-jerk curve over `attack` seconds when a person comes and over `release`
/// seconds when they have been gone for `patience` seconds, so that a tracker's short drop-outs are not seen.
public struct ListeningMixer: Sendable {
    /// Durations in seconds.
    public struct Timing: Sendable {
        public var attack = 0.8
        public var release = 1.6
        public var patience = 0.4
        public init() {}
    }

    /// The weight of listening, 0 to 1.
    public private(set) var weight: Float = 0

    private let timing: Timing
    private let framePeriod: Double
    private var progress = 0.0
    private var absence = Double.infinity

    public init(frameRate: Double, timing: Timing = Timing()) {
        framePeriod = 1 / frameRate
        self.timing = timing
    }

    /// Mixes the two generators' frames of one motion tick; listening counts `most` at most.
    public mutating func mix(
        idle: FaceChannels, listening: FaceChannels, personIsPresent: Bool, most: Float = 1
    ) -> FaceChannels {
        absence = personIsPresent ? 0 : absence + framePeriod
        let isAttending = absence <= timing.patience
        progress += isAttending ? framePeriod / timing.attack : -framePeriod / timing.release
        progress = min(max(progress, 0), 1)
        weight = Float(progress * progress * progress * (10 + progress * (6 * progress - 15))) * most
        // At either end the other generator's frame does not count, whatever is in it.
        if weight == 0 { return idle }
        if weight == 1 { return listening }
        var mixed = idle
        for index in 0..<FaceChannels.count {
            mixed.values[index] += weight * (listening.values[index] - idle.values[index])
        }
        return mixed
    }
}
