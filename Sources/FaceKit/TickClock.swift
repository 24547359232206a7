/// Nanoseconds on a monotonic clock, or between two of its instants.
public typealias Nanoseconds = Int64

/// A monotonic clock that a thread can wait on until an absolute instant. Time is a type parameter everywhere, so every
/// schedule that runs on the machine's clock also runs, exactly, on a virtual one.
///
/// `Swift.Clock` suspends tasks; the ticks are threads that must not be rescheduled by a runtime, hence a protocol of
/// our own.
public protocol TickClock: Sendable {
    /// Now, in nanoseconds since an arbitrary origin.
    func now() -> Nanoseconds
    /// Returns at the deadline or after it, never before.
    func wait(until deadline: Nanoseconds)
}
