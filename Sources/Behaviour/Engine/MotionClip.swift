import FaceKit

/// A short motion as data: for each channel that it moves, values at instants.
///
/// Head values are added to what lies below. A coefficient takes the place of what lies below: a curve's first key says
/// when it begins to, its second when it has done so, its last two when it lets go, so that nothing of what the
/// generators make there shines through at the motion's height, and a value of 0 is a value as well.
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

    /// A channel's keys, joined by curves of least jerk, or by straight lines where the keys were recorded.
    public struct Curve: Sendable, Equatable {
        public let channel: FaceChannel
        public var keys: [Key]
        public var isRecorded = false

        public init(channel: FaceChannel, keys: [Key], isRecorded: Bool = false) {
            self.channel = channel
            self.keys = keys
            self.isRecorded = isRecorded
        }
    }

    /// In the order of the channels, each with three keys or more.
    public private(set) var curves: [Curve]
    /// Seconds.
    public var duration: Double

    public init(curves: [FaceChannel: [Key]], duration: Double) {
        self.init(curves: curves.map { Curve(channel: $0.key, keys: $0.value) }, duration: duration)
    }

    public init(curves: [Curve], duration: Double) {
        self.curves = curves.filter { $0.keys.count >= 3 }.sorted { $0.channel.rawValue < $1.channel.rawValue }
        self.duration = duration
    }

    /// The same with values multiplied by `strength` and times by `duration`. Without any strength nothing moves.
    public func scaled(strength: Float, duration scale: Double) -> MotionClip {
        var scaled = self
        if strength == 0 { scaled.curves = [] }
        for index in scaled.curves.indices {
            scaled.curves[index].keys = scaled.curves[index].keys.map { Key($0.time * scale, $0.value * strength) }
        }
        scaled.duration = duration * scale
        return scaled
    }

    public func curve(of channel: FaceChannel) -> Curve? { curves.first { $0.channel == channel } }

    /// The parts of the face that it moves.
    public var groups: Set<ChannelGroup> { Set(curves.compactMap { ChannelGroup($0.channel) }) }
}

extension MotionClip.Curve {
    /// The value at an instant, and how much of the place of what lies below it takes, 0 to 1.
    public func sample(at time: Double) -> (value: Float, share: Float) {
        let last = keys.count - 1
        guard time > keys[0].time, time < keys[last].time else {
            return (keys[time <= keys[0].time ? 0 : last].value, 0)
        }
        if channel.rawValue >= FaceChannels.firstHead { return (between(time, from: 0, to: last), 1) }
        let value =
            time <= keys[1].time
            ? keys[1].value : time >= keys[last - 1].time ? keys[last - 1].value : between(time, from: 1, to: last - 1)
        let rise = MinimumJerk.value(Self.share(time, keys[0].time, keys[1].time))
        let fall = MinimumJerk.value(1 - Self.share(time, keys[last - 1].time, keys[last].time))
        return (value, min(rise, fall))
    }

    /// How far a time is between two others; one that holds for ever never gets there.
    private static func share(_ time: Double, _ from: Double, _ to: Double) -> Float {
        guard from.isFinite else { return 0 }
        return to > from ? Float((time - from) / (to - from)) : 1
    }

    /// Between the keys, found by halving, since recordings have thousands.
    private func between(_ time: Double, from first: Int, to last: Int) -> Float {
        var (low, high) = (first, last)
        guard time > keys[low].time else { return keys[low].value }
        guard time < keys[high].time else { return keys[high].value }
        while high - low > 1 {
            let middle = (low + high) / 2
            if keys[middle].time <= time { low = middle } else { high = middle }
        }
        let way = Self.share(time, keys[low].time, keys[high].time)
        return keys[low].value + (keys[high].value - keys[low].value) * (isRecorded ? way : MinimumJerk.value(way))
    }
}

/// The curve of least jerk from 0 to 1 (Flash and Hogan 1985).
enum MinimumJerk {
    static func value(_ share: Float) -> Float {
        let t = min(max(share, 0), 1)
        return t * t * t * (10 + t * (6 * t - 15))
    }
}
