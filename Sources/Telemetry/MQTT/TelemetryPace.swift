import FaceKit

/// How often the topics that come most often are published: at the rate that was asked for, or at what a budget of bytes
/// a second allows, but at least once in two seconds.
struct TelemetryPace {
    private let rate: Double
    /// Payload bytes a second, nil for no bound.
    private let budget: Double?
    private var next: Nanoseconds?
    /// Bytes of a round, as they were of late.
    private var roundBytes = 0.0
    private static let slowest = 0.5

    init(rate: Double, budget: Double?) {
        self.rate = rate
        self.budget = budget
    }

    /// Rounds a second just now.
    var currentRate: Double {
        guard let budget, roundBytes > 0 else { return rate }
        return max(min(rate, budget / roundBytes), min(Self.slowest, rate))
    }

    /// When the next round is due.
    var deadline: Nanoseconds? { next }

    func isDue(at now: Nanoseconds) -> Bool { next.map { now >= $0 } ?? true }

    /// Says that a round was published; the next is due one period after this one was, unless that is past.
    mutating func published(bytes: Int, at now: Nanoseconds) {
        roundBytes = roundBytes == 0 ? Double(bytes) : 0.8 * roundBytes + 0.2 * Double(bytes)
        let period = Nanoseconds(1e9 / currentRate)
        let due = (next ?? now) + period
        next = due > now ? due : now + period
    }
}
