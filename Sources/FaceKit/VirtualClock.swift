import Synchronization

/// A clock that stands still until somebody waits: waiting jumps to the deadline at once.
///
/// One thread steps everything on it in a fixed order, as fast as it can. Tests move it with `advance` to make a tick
/// late.
public final class VirtualClock: TickClock {
    private let time: Atomic<Nanoseconds>

    public init(startingAt start: Nanoseconds = 0) { time = Atomic(start) }

    public func now() -> Nanoseconds { time.load(ordering: .relaxed) }

    public func wait(until deadline: Nanoseconds) {
        if deadline > now() { time.store(deadline, ordering: .relaxed) }
    }

    /// Lets time pass, as slow work would.
    public func advance(by duration: Nanoseconds) { time.wrappingAdd(duration, ordering: .relaxed) }
}
