import FaceKit

/// One connection that looks after itself: it connects, connects again when it is lost, falls back to MQTT 3.1.1, and
/// lets nothing grow when the broker is slow. Turned by one thread.
final class BrokerLink {
    private enum State {
        case waiting(until: Nanoseconds)
        case connecting(since: Nanoseconds)
        case connected
        case closed
    }

    private let client: any BrokerClient
    private let dialect: any BrokerDialect
    private let random: CounterRandom
    private var draws: UInt32 = 0
    private var state = State.waiting(until: .min)
    private(set) var counts = BrokerCounts()
    private(set) var version = BrokerProtocol.five
    /// Whether this broker has spoken a version once, so that a failure is no sign that it does not.
    private var isVersionKnown = false
    private var failures = 0
    /// What could not be handed over yet: facts, never telemetry.
    private var waiting: [BrokerMessage] = []
    /// Called with each loss that differs from the one before, and with nil when the broker is back.
    var onChange: (BrokerLoss?) -> Void = { _ in }
    private var lastLoss: BrokerLoss?
    private var hasSaidGoodbye = false

    /// Messages that may wait for a slow broker; beyond them the oldest is dropped.
    static let capacity = 256
    /// Messages of quality 1 that may be without an answer before more have to wait.
    static let unacknowledgedLimit = 64
    /// A broker that has not answered by then is tried anew.
    static let patience: Nanoseconds = 5_000_000_000

    init(client: any BrokerClient, dialect: any BrokerDialect, seed: UInt64) {
        self.client = client
        self.dialect = dialect
        random = CounterRandom(seed: seed, system: .telemetry)
    }

    var isConnected: Bool {
        if case .connected = state { return true }
        return false
    }

    /// A uniform number from 0 to 1 of this link's own.
    func uniform() -> Double {
        defer { draws += 1 }
        return Double(random.uniform(frame: draws, draw: 0))
    }

    var interest: (descriptor: Int32, writes: Bool)? { client.interest }

    /// When it wants to be turned again, if nothing comes from the broker before.
    var deadline: Nanoseconds {
        switch state {
        case .waiting(let until): until
        case .connecting(let since): since + Self.patience
        case .connected: dialect.deadline
        case .closed: .max
        }
    }

    // MARK: Turning

    /// Does what is to be done now, without waiting.
    func turn(at now: Nanoseconds) {
        if case .waiting(let until) = state, now >= until {
            state = .connecting(since: now)
            client.open(speaking: version, will: dialect.makeWill())
        }
        for event in client.turn() {
            switch event {
            case .connected: begin(at: now)
            case .message(let message):
                counts.received += 1
                if isConnected { dialect.take(message, self, at: now) }
            case .lost(let loss): lose(loss, at: now)
            }
        }
        switch state {
        case .connecting(let since) where now - since > Self.patience:
            client.abandon()
            lose(.unreachable("no answer within \(Self.patience / 1_000_000_000) s"), at: now)
        case .connected:
            flush()
            dialect.speak(self, at: now)
        default: break
        }
    }

    private func begin(at now: Nanoseconds) {
        state = .connected
        isVersionKnown = true
        failures = 0
        lastLoss = nil
        counts.connects += 1
        onChange(nil)
        dialect.connected(self, at: now)
    }

    private func lose(_ loss: BrokerLoss, at now: Nanoseconds) {
        if case .closed = state { return }
        failures += 1
        counts.dropped += waiting.count
        waiting = []
        if !isVersionKnown, loss == .wrongVersion {
            version = version == .five ? .three : .five
        }
        state = .waiting(until: now + delay(after: loss))
        guard loss != lastLoss else { return }
        lastLoss = loss
        onChange(loss)
    }

    /// How long until the next try: soon, at an instant of one's own, so that five hundred robots do not come at once.
    private func delay(after loss: BrokerLoss) -> Nanoseconds {
        let seconds =
            switch loss {
            // Trying again soon would fight the other client, or knock at a door that stays shut.
            case .takenOver: 10 + 5 * uniform()
            case .refused, .security: min(Double(failures), 5) + uniform()
            case .wrongVersion where !isVersionKnown && failures < 3: 0.05
            default: failures == 1 ? 0.1 + 0.2 * uniform() : 0.4 + 0.4 * uniform()
            }
        return Nanoseconds(seconds * 1e9)
    }

    // MARK: Publishing

    /// Whether telemetry would go out now; what is not said now is worth nothing later.
    var takesTelemetry: Bool { isConnected && waiting.isEmpty && !client.isCongested }

    /// Publishes what the next message replaces; dropped and counted when the broker is slow.
    @discardableResult
    func publishTelemetry(_ message: BrokerMessage) -> Bool {
        guard takesTelemetry else {
            counts.dropped += 1
            return false
        }
        send(message)
        return true
    }

    /// Publishes what must not be left out while the broker is connected: it waits where the broker is slow.
    func publish(_ message: BrokerMessage) {
        guard isConnected else {
            counts.dropped += 1
            return
        }
        waiting.append(message)
        if waiting.count > Self.capacity {
            waiting.removeFirst()
            counts.dropped += 1
        }
        flush()
    }

    private func flush() {
        var sent = 0
        while sent < waiting.count, !client.isCongested, client.unacknowledged < Self.unacknowledgedLimit {
            send(waiting[sent])
            sent += 1
        }
        waiting.removeFirst(sent)
    }

    private func send(_ message: BrokerMessage) {
        guard client.publish(message) else {
            counts.dropped += 1
            return
        }
        counts.published += 1
        counts.publishedBytes += message.payload.count
    }

    func subscribe(_ filter: String, quality: Int = 1, retained: RetainedWish = .unwanted) {
        client.subscribe(filter, quality: quality, retained: retained)
    }

    /// Whether everything that was said has arrived.
    var isQuiet: Bool { waiting.isEmpty && !client.isCongested && client.unacknowledged == 0 }

    // MARK: The end

    /// Says goodbye; `turn` until `isQuiet`, then `close`.
    func sayGoodbye() {
        guard isConnected else { return }
        hasSaidGoodbye = true
        dialect.sayGoodbye(self)
    }

    /// Closes; a robot that has not said goodbye, or was not heard, leaves its will.
    func close() {
        if isConnected, isQuiet, hasSaidGoodbye { client.close() } else { client.abandon() }
        state = .closed
    }
}

/// What went over a connection, over the whole run.
public struct BrokerCounts: Sendable, Equatable {
    public var connects = 0
    public var published = 0
    /// Payloads' bytes.
    public var publishedBytes = 0
    public var dropped = 0
    public var received = 0
}
