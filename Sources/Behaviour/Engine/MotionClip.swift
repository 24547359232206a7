import FaceKit

/// A short motion as data: for each channel that it moves, values at instants, joined by minimum-jerk curves.
///
/// Values are offsets from what lies below for head angles, and replace what lies below for coefficients.
public struct MotionClip: Sendable, Equatable {
    /// A value at an instant, seconds from the clip's start.
    public struct Key: Sendable, Equatable {
        public var time: Double
        public var value: Float

        public init(_ time: Double, _ value: Float) {
            self.time = time
            self.value = value
        }
    }

    public var curves: [FaceChannel: [Key]]
    /// Seconds; infinite for one that holds until it is let go.
    public var duration: Double

    public init(curves: [FaceChannel: [Key]], duration: Double) {
        self.curves = curves
        self.duration = duration
    }

    /// The value of a channel at an instant; nil for one that the clip does not move.
    public func value(of channel: FaceChannel, at time: Double) -> Float? {
        guard let keys = curves[channel], let first = keys.first, let last = keys.last else { return nil }
        if time <= first.time { return first.value }
        if time >= last.time { return last.value }
        var next = 1
        while keys[next].time <= time { next += 1 }
        let (a, b) = (keys[next - 1], keys[next])
        return a.value + (b.value - a.value) * MinimumJerk.value(Float((time - a.time) / (b.time - a.time)))
    }

    /// The same with values multiplied by `strength` and times by `duration`.
    public func scaled(strength: Float, duration scale: Double) -> MotionClip {
        MotionClip(
            curves: curves.mapValues { $0.map { Key($0.time * scale, $0.value * strength) } },
            duration: duration * scale)
    }
}

/// The curve of least jerk from 0 to 1 (Flash and Hogan 1985).
enum MinimumJerk {
    static func value(_ share: Float) -> Float {
        let t = min(max(share, 0), 1)
        return t * t * t * (10 + t * (6 * t - 15))
    }
}
