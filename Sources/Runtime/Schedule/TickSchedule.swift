import FaceKit

/// A fixed-rate schedule with absolute deadlines: tick i is due at `start + i · period`, whatever happened before.
///
/// A tick that ends after the next deadline skips the periods that passed whole, keeps its phase, and counts each. The
/// rule is ros2_control's (`ceil(late / period)` on the steady clock), with integer nanoseconds, so it never drifts.
public struct TickSchedule: Sendable {
    public let start: Nanoseconds
    public let period: Nanoseconds
    /// Index of the tick that runs now or is waited for.
    public private(set) var index = 0
    /// Ticks that were begun.
    public private(set) var ticks = 0
    /// Ticks that began more than a tenth of a period after their deadline.
    public private(set) var late = 0
    /// Whole periods that passed without a tick.
    public private(set) var skipped = 0

    public init(start: Nanoseconds, period: Nanoseconds) {
        precondition(period > 0, "a tick needs a positive period")
        self.start = start
        self.period = period
    }

    /// When the current tick is due.
    public var deadline: Nanoseconds { start + Nanoseconds(index) * period }

    /// Begins the current tick and returns how late it is in nanoseconds.
    public mutating func begin(now: Nanoseconds) -> Nanoseconds {
        ticks += 1
        let lateness = max(0, now - deadline)
        if lateness > period / 10 { late += 1 }
        return lateness
    }

    /// Ends the current tick and moves to the next one, skipping the periods that passed whole; returns how many.
    public mutating func finish(now: Nanoseconds) -> Int {
        index += 1
        let missed = Int(max(0, now - deadline) / period)
        index += missed
        skipped += missed
        return missed
    }
}
