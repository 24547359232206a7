import Synchronization

/// Something that happened in a running controller, for people and dashboards.
public struct ConsoleEvent: Sendable, Equatable, Encodable {
    /// What happened: `emergency_stop`, `script_error`, `said`, …
    public var name: String
    /// Seconds since the run's start.
    public var seconds: Double
    public var facts: [String: Scalar]

    public init(_ name: String, seconds: Double, _ facts: [String: Scalar] = [:]) {
        self.name = name
        self.seconds = seconds
        self.facts = facts
    }

    /// One flat object: the facts, `event` and `seconds`.
    public func encode(to encoder: any Encoder) throws {
        var flat = facts
        flat["event"] = .text(name)
        flat["seconds"] = .number((seconds * 1000).rounded() / 1000)
        var container = encoder.singleValueContainer()
        try container.encode(flat)
    }
}

/// The events on their way from the ticks to whoever listens: bounded, the oldest are dropped and counted.
public final class EventStream: Sendable {
    private struct State {
        var events: [ConsoleEvent] = []
        var dropped = 0
    }

    private let state = Mutex(State())
    private let capacity: Int
    private let copy: EventStream?
    private let onPost: @Sendable () -> Void

    /// - Parameters:
    ///   - copy: another stream that every event goes to as well, for somebody else to take.
    ///   - onPost: called after each event, to wake whoever takes them.
    public init(capacity: Int = 256, copy: EventStream? = nil, onPost: @escaping @Sendable () -> Void = {}) {
        self.capacity = capacity
        self.copy = copy
        self.onPost = onPost
    }

    public func post(_ event: ConsoleEvent) {
        state.withLock { state in
            if state.events.count >= capacity {
                state.events.removeFirst()
                state.dropped += 1
            }
            state.events.append(event)
        }
        copy?.post(event)
        onPost()
    }

    /// The events that came since the last call, and how many were dropped before them.
    public func take() -> (events: [ConsoleEvent], dropped: Int) {
        state.withLock { state in
            defer { state = State() }
            return (state.events, state.dropped)
        }
    }
}
