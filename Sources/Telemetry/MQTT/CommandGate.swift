import FaceKit

/// A bound on how many messages a second are acted upon: a bucket that fills at a rate.
struct CommandGate {
    private let rate: Double
    private let burst: Double
    private var level: Double
    private var last: Nanoseconds?
    /// Messages that were turned away.
    private(set) var turnedAway = 0

    init(rate: Double, burst: Double) {
        self.rate = rate
        self.burst = burst
        level = burst
    }

    /// Whether one more may pass.
    mutating func admits(at now: Nanoseconds) -> Bool {
        level = min(burst, level + rate * Double(now - (last ?? now)) / 1e9)
        last = now
        guard level >= 1 else {
            turnedAway += 1
            return false
        }
        level -= 1
        return true
    }
}
