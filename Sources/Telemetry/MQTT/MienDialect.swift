import FaceKit

/// Mien's own topics below `mien/<robot-id>/`, with what Home Assistant needs to find them.
final class MienDialect: BrokerDialect {
    private let feed: any RobotFeed
    private let options: BridgeOptions
    private let homeAssistant: HomeAssistantAnnouncer?
    private let root: String
    private var pace: TelemetryPace
    private var deadlines: [String: Nanoseconds] = [:]
    private var nextLook: Nanoseconds = .min
    /// What retained topics said last, without the time.
    private var said: [String: Payload] = [:]
    private var commands = CommandGate(rate: 50, burst: 100)
    private var people = CommandGate(rate: 250, burst: 250)
    /// When somebody else's word on the availability is put right: once a second at most, however many there are.
    private var correctionDue: Nanoseconds?
    private var nextCorrection: Nanoseconds = .min
    private var refused = 0
    private var ignoredRetained = 0
    private var lostNotes = 0
    private var isLeaving = false

    /// The longest payload that a command or a person's face may have.
    static let longestPayload = 64 << 10
    private static let lookPeriod: Nanoseconds = 50_000_000

    init(feed: any RobotFeed, options: BridgeOptions) {
        self.feed = feed
        self.options = options
        root = feed.identity.root
        pace = TelemetryPace(rate: options.rate, budget: options.budget)
        homeAssistant = options.homeAssistant ? HomeAssistantAnnouncer(root: root) : nil
    }

    let suffix = ""

    func makeWill() -> BrokerMessage { availability("offline") }

    private func availability(_ text: String) -> BrokerMessage {
        BrokerMessage("\(root)/\(Topic.availability.name)", Array(text.utf8), quality: 1, isRetained: true)
    }

    // MARK: Speaking

    func connected(_ link: BrokerLink, at now: Nanoseconds) {
        said = [:]
        deadlines = [:]
        nextLook = .min
        correctionDue = nil
        link.subscribe("\(root)/command/+")
        if options.takesPerson { link.subscribe("\(root)/sense/person", quality: 0) }
        link.subscribe("\(root)/\(Topic.availability.name)", retained: .wanted)
        link.publish(availability("online"))
        homeAssistant?.connected(link, feed)
    }

    var deadline: Nanoseconds { min(nextLook, pace.deadline ?? .max) }

    func speak(_ link: BrokerLink, at now: Nanoseconds) {
        speakOften(link, at: now)
        if let due = correctionDue, now >= due, !isLeaving {
            correctionDue = nil
            nextCorrection = now + 1_000_000_000
            link.publish(availability("online"))
        }
        // A flood of messages turns the link often; what changes is looked for at a rate of its own.
        guard now >= nextLook else { return }
        nextLook = now + Self.lookPeriod
        for topic in Topic.all {
            switch topic.rate {
            case .change, .changeOrHertz: speakAtChange(topic, link, at: now)
            case .hertz(let hertz) where !topic.mayBeCBOR: speakRegularly(topic, hertz, link, at: now)
            case .hertz, .occurrence: break
            }
        }
        let (notes, dropped) = feed.takeNotes()
        lostNotes += dropped
        for note in notes { publish(note.topic, note.payload, link) }
        homeAssistant?.speak(link, feed, at: now)
    }

    private func speakAtChange(_ topic: Topic, _ link: BrokerLink, at now: Nanoseconds) {
        guard topic != .availability, let payload = payload(of: topic, link) else { return }
        let timeless = payload.without(topic.drifting)
        var isDue = said[topic.name] != timeless
        if case .changeOrHertz(let hertz) = topic.rate { isDue = isDue || isPast(topic, hertz, at: now) }
        guard isDue else { return }
        said[topic.name] = timeless
        publish(topic, payload, link)
    }

    private func speakRegularly(_ topic: Topic, _ hertz: Double, _ link: BrokerLink, at now: Nanoseconds) {
        guard isPast(topic, hertz, at: now), let payload = payload(of: topic, link) else { return }
        link.publishTelemetry(message(topic, payload.json))
    }

    /// Whether a topic is due, and if it is, when it is due next.
    private func isPast(_ topic: Topic, _ hertz: Double, at now: Nanoseconds) -> Bool {
        guard now >= deadlines[topic.name] ?? .min else { return false }
        deadlines[topic.name] = now + Nanoseconds(1e9 / hertz)
        return true
    }

    private func speakOften(_ link: BrokerLink, at now: Nanoseconds) {
        guard pace.isDue(at: now) else { return }
        var bytes = 0
        for topic in Topic.all where topic.mayBeCBOR {
            guard let payload = feed.payload(of: topic) else { continue }
            if options.encoding != .cbor {
                let json = payload.json
                bytes += json.count
                link.publishTelemetry(message(topic, json))
            }
            if options.encoding != .json {
                let cbor = payload.cbor
                bytes += cbor.count
                var message = message(topic, cbor)
                message.topic += "/cbor"
                message.contentType = "application/cbor"
                link.publishTelemetry(message)
            }
        }
        pace.published(bytes: bytes, at: now)
    }

    private func publish(_ topic: Topic, _ payload: Payload, _ link: BrokerLink) {
        link.publish(message(topic, payload.json))
    }

    private func message(_ topic: Topic, _ bytes: [UInt8]) -> BrokerMessage {
        BrokerMessage("\(root)/\(topic.name)", bytes, quality: topic.quality, isRetained: topic.isRetained)
    }

    private func payload(of topic: Topic, _ link: BrokerLink) -> Payload? {
        guard topic == .bridge else { return feed.payload(of: topic) }
        return [
            "t_s": feed.payload(of: .state)?["t_s"] ?? .null,
            "protocol": .text(link.version.rawValue),
            "connects": .integer(link.counts.connects),
            "published": .integer(link.counts.published),
            "published_bytes": .integer(link.counts.publishedBytes),
            "dropped": .integer(link.counts.dropped + lostNotes),
            "received": .integer(link.counts.received),
            "refused": .integer(refused),
            "ignored_retained": .integer(ignoredRetained),
            "flooded": .integer(commands.turnedAway + people.turnedAway),
            "rate_hz": .number(pace.currentRate, decimals: 2),
        ]
    }

    // MARK: Listening

    func take(_ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds) {
        if let homeAssistant, homeAssistant.take(message, at: now) { return }
        guard message.topic.hasPrefix(root + "/") else { return }
        let name = message.topic.dropFirst(root.count + 1)
        if name == Topic.availability.name {
            // The last will of a connection before this one may come late.
            if message.text != "online" { correctionDue = max(now, nextCorrection) }
        } else if name == "sense/person" {
            takePerson(message, at: now)
        } else if name.hasPrefix("command/") {
            takeCommand(String(name.dropFirst("command/".count)), message, link, at: now)
        }
    }

    private func takePerson(_ message: BrokerMessage, at now: Nanoseconds) {
        guard !message.isRetained else {
            ignoredRetained += 1
            return
        }
        guard people.admits(at: now) else { return }
        if message.payload.count > Self.longestPayload || !feed.takePerson(message.payload) { refused += 1 }
    }

    private func takeCommand(_ verb: String, _ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds) {
        guard !message.isRetained else {
            ignoredRetained += 1
            return
        }
        // Whoever floods must not keep anybody from stopping the robot, only from being answered.
        let isAdmitted = commands.admits(at: now)
        guard isAdmitted || verb == "emergency_stop" else { return }
        let reply = CommandReply(verb: verb, root: root, request: message)
        guard message.payload.count <= Self.longestPayload else {
            refused += 1
            return reply.send(
                .refusal("too_long", "the payload is too long, expected at most \(Self.longestPayload) bytes"), link)
        }
        feed.perform(verb, payload: message.payload) { [weak self, weak link] answer, isRefused in
            if isRefused { self?.refused += 1 }
            if isAdmitted, let link { reply.send(answer, link) }
        }
    }

    // MARK: Going

    func sayGoodbye(_ link: BrokerLink) {
        isLeaving = true
        link.publish(availability("offline"))
    }

    /// Everything that this dialect has the broker retain, for whoever wants to be forgotten.
    static func retainedTopics(root: String) -> [String] {
        Topic.all.filter(\.isRetained).map { "\(root)/\($0.name)" } + [HomeAssistantAnnouncer.topic(root: root)]
    }
}

extension Payload {
    /// An object without some of its keys.
    fileprivate func without(_ keys: Set<String>) -> Payload {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { !keys.contains($0.key) })
    }

    /// The answer to a command that was not taken.
    public static func refusal(_ code: String, _ message: String) -> Payload {
        ["ok": false, "error": ["code": .text(code), "message": .text(message)]]
    }
}
