/// Counts of durations in four classes an octave, from 1 µs to a quarter of a minute, stored inline: cheap enough for
/// every control tick, and a percentile of any stretch of time is the difference of two of them.
public struct TickHistogram: Sendable {
    public static let classCount = 96
    private var counts: InlineArray<96, UInt32> = .init(repeating: 0)

    public init() {}

    /// Counts a duration in nanoseconds.
    public mutating func record(_ nanoseconds: Int64) {
        counts[Self.place(of: nanoseconds)] &+= 1
    }

    /// The class of a duration: below 1024 ns the first, then four an octave.
    private static func place(of nanoseconds: Int64) -> Int {
        guard nanoseconds >= 1024 else { return 0 }
        let exponent = 63 - nanoseconds.leadingZeroBitCount
        let quarter = Int(truncatingIfNeeded: nanoseconds >> (exponent - 2)) & 3
        return min((exponent - 10) * 4 + quarter + 1, classCount - 1)
    }

    /// The middle of a class, nanoseconds.
    private static func middle(of place: Int) -> Double {
        guard place > 0 else { return 512 }
        let octave = Double(sign: .plus, exponent: (place - 1) / 4 + 10, significand: 1)
        return octave * (1 + (Double((place - 1) % 4) + 0.5) / 4)
    }

    /// What has been counted here since an earlier copy.
    public func since(_ earlier: TickHistogram) -> TickHistogram {
        var difference = self
        for place in 0..<Self.classCount { difference.counts[place] &-= earlier.counts[place] }
        return difference
    }

    /// The duration that a share of all do not exceed, nanoseconds, to an eighth of itself; nil when nothing was counted.
    public func percentile(_ share: Double) -> Double? {
        var total: UInt64 = 0
        for place in 0..<Self.classCount { total += UInt64(counts[place]) }
        guard total > 0 else { return nil }
        let wanted = max(UInt64((share * Double(total)).rounded(.up)), 1)
        var seen: UInt64 = 0
        for place in 0..<Self.classCount {
            seen += UInt64(counts[place])
            if seen >= wanted { return Self.middle(of: place) }
        }
        return nil
    }
}
