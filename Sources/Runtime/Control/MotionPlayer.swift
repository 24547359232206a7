import FaceKit

/// The control tick's view of motion: plays the way from motion frame n−1 to n while n+1 is being made, and falls back
/// in the same tick when the frame that is due is missing, not finite or frozen.
///
/// The frame made by motion tick k is due when motion tick k+1 begins, so from a motion tick to the first change on the
/// wire is one motion frame, to its completion two. The fallback holds the last value for `holdTime`, then eases to
/// neutral over `easeTime` along a minimum-jerk curve. All times are nanoseconds since the run's start.
public struct MotionPlayer: Sendable {
    /// What the fallback does and when a run of frames counts as frozen.
    public struct Fallback: Sendable {
        public var holdTime: Nanoseconds = 200_000_000
        public var easeTime: Nanoseconds = 1_500_000_000
        /// Equal frames in a row (bit for bit) that count as frozen: a living generator never repeats itself.
        public var frozenFrames = 25
        public init() {}
    }

    /// What came of the frames that were due.
    public struct Counts: Sendable {
        public var played = 0
        /// Frames that were due and had not come.
        public var missed = 0
        /// Frames that came after they were due and were played at the next motion tick.
        public var late = 0
        public var notFinite = 0
        public var frozen = 0
        /// Times the fallback took over.
        public var fallbacks = 0
        /// Control ticks under the fallback.
        public var fallbackTicks = 0
        public init() {}
    }

    public private(set) var counts = Counts()
    public private(set) var driver = Driver.fallback
    /// What was played last.
    public private(set) var current: FaceChannels
    /// How much of the played frame was generated as landmarks, 0 to 1.
    public private(set) var landmarkShare: Float = 0

    /// Index of the motion frame played last, −1 before the first.
    public private(set) var lastPlayedIndex = -1

    private let neutral: FaceChannels
    private let framePeriod: Nanoseconds
    private let fallback: Fallback
    private var from: FaceChannels
    private var to: FaceChannels
    private var frame = 0
    private var segmentStart: Nanoseconds = 0
    private var newest: MotionPacket?
    private var repeats = 0
    private var fallbackSince: Nanoseconds?

    public init(neutral: FaceChannels, framePeriod: Nanoseconds, fallback: Fallback = Fallback()) {
        self.neutral = neutral
        self.framePeriod = framePeriod
        self.fallback = fallback
        current = neutral
        from = neutral
        to = neutral
    }

    /// Plays one control tick at `elapsed`; `packet` is the newest motion frame if one came since the last call.
    public mutating func play(at elapsed: Nanoseconds, packet: MotionPacket?) -> FaceChannels {
        if driver == .settling {
            current = value(at: elapsed)
            return current
        }
        if let packet { newest = packet }
        let due = Int(elapsed / framePeriod)
        if due > frame {
            frame = due
            startSegment(at: Nanoseconds(due) * framePeriod)
        }
        if fallbackSince != nil { counts.fallbackTicks += 1 }
        current = value(at: elapsed)
        return current
    }

    /// Where the face is at `elapsed`: on the way between two frames, or under the fallback.
    private func value(at elapsed: Nanoseconds) -> FaceChannels {
        if let since = fallbackSince {
            let eased = Double(elapsed - since - fallback.holdTime) / Double(fallback.easeTime)
            return Self.blend(from, neutral, Float(Self.minimumJerk(eased)))
        }
        let phase = Double(elapsed - segmentStart) / Double(framePeriod)
        return Self.blend(from, to, Float(min(phase, 1)))
    }

    /// Lets go: from here on the face eases to neutral, whatever motion frames still come. The end of a run.
    public mutating func settle(at elapsed: Nanoseconds) {
        from = value(at: elapsed)
        fallbackSince = elapsed - fallback.holdTime
        driver = .settling
    }

    /// How long easing to neutral takes once it begins.
    public var easeTime: Nanoseconds { fallback.easeTime }

    private mutating func startSegment(at now: Nanoseconds) {
        current = value(at: now)
        segmentStart = now
        guard let packet = newest, packet.index > lastPlayedIndex else {
            counts.missed += 1
            return fallBack(at: now)
        }
        if packet.index < frame - 1 { counts.late += 1 }
        lastPlayedIndex = packet.index
        guard Self.isFinite(packet.channels) else {
            counts.notFinite += 1
            return fallBack(at: now)
        }
        repeats = packet.isGenerated && Self.areEqual(packet.channels, to) ? repeats + 1 : 0
        guard repeats < fallback.frozenFrames else {
            counts.frozen += 1
            return fallBack(at: now)
        }
        counts.played += 1
        fallbackSince = nil
        driver = packet.driver
        from = current
        to = packet.channels
        landmarkShare = packet.landmarkShare
    }

    private mutating func fallBack(at now: Nanoseconds) {
        guard fallbackSince == nil else { return }
        counts.fallbacks += 1
        fallbackSince = now
        driver = .fallback
        from = current
    }

    private static func blend(_ a: FaceChannels, _ b: FaceChannels, _ weight: Float) -> FaceChannels {
        var result = a
        for index in 0..<FaceChannels.count {
            result.values[index] += weight * (b.values[index] - a.values[index])
        }
        return result
    }

    private static func isFinite(_ channels: FaceChannels) -> Bool {
        var sum: Float = 0
        for index in 0..<FaceChannels.count { sum += channels.values[index] * 0 }
        return sum == 0
    }

    private static func areEqual(_ a: FaceChannels, _ b: FaceChannels) -> Bool {
        for index in 0..<FaceChannels.count
        where a.values[index].bitPattern != b.values[index].bitPattern { return false }
        return true
    }

    /// 10u³ − 15u⁴ + 6u⁵, held at 0 and 1 outside of 0…1.
    private static func minimumJerk(_ u: Double) -> Double {
        let x = min(max(u, 0), 1)
        return x * x * x * (10 + x * (6 * x - 15))
    }
}
