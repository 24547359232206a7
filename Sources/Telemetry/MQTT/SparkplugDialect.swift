import FaceKit
import Foundation
import Glibc

/// A robot as a Sparkplug B edge node. Source: Eclipse Sparkplug 3.0.0, chapters 4 to 6.
final class SparkplugDialect: BrokerDialect {
    private let feed: any RobotFeed
    private let group: String
    private let node: String
    /// Counts connections, modulo 256; the same in a will and in the birth that follows.
    private var birthDeath: UInt8
    private var sequence: UInt8 = 0
    private var said: [String: SparkplugPayload.Value] = [:]
    private var next: Nanoseconds = .min
    private var commands = CommandGate(rate: 20, burst: 40)
    private let wallClock: () -> UInt64
    private static let period: Nanoseconds = 1_000_000_000
    private static let rebirth = "Node Control/Rebirth"

    /// - Parameter wallClock: milliseconds since 1970.
    init(feed: any RobotFeed, group: String, wallClock: @escaping () -> UInt64 = SparkplugDialect.milliseconds) {
        self.feed = feed
        self.group = RobotIdentity.id(of: group)
        self.wallClock = wallClock
        node = feed.identity.id
        // Makes the first connection's number 0.
        birthDeath = 255
    }

    static func milliseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
    }

    let suffix = "-sparkplug"
    var deadline: Nanoseconds { next }

    private func topic(_ kind: String) -> String { "spBv1.0/\(group)/\(kind)/\(node)" }

    private var birthDeathMetric: SparkplugPayload.Metric {
        .init(name: "bdSeq", value: .int64(Int64(birthDeath)), timestamp: wallClock())
    }

    func makeWill() -> BrokerMessage {
        birthDeath &+= 1
        return death
    }

    /// Says that the node is gone: no sequence number, quality 1, never retained.
    private var death: BrokerMessage {
        let payload = SparkplugPayload(timestamp: wallClock(), metrics: [birthDeathMetric])
        return BrokerMessage(topic("NDEATH"), payload.bytes, quality: 1)
    }

    // MARK: Speaking

    func connected(_ link: BrokerLink, at now: Nanoseconds) {
        link.subscribe(topic("NCMD"))
        link.subscribe("spBv1.0/STATE/+")
        giveBirth(link)
        next = now + Self.period
    }

    private func giveBirth(_ link: BrokerLink) {
        sequence = 0
        said = values
        let now = wallClock()
        let readings = names.compactMap { name in
            said[name].map { SparkplugPayload.Metric(name: name, value: $0, timestamp: now) }
        }
        let metrics =
            [
                birthDeathMetric,
                .init(name: Self.rebirth, value: .boolean(false), timestamp: now),
            ] + controls.map { .init(name: $0, value: $1, timestamp: now) } + readings
        let payload = SparkplugPayload(timestamp: now, metrics: metrics, sequence: sequence)
        link.publish(BrokerMessage(topic("NBIRTH"), payload.bytes))
    }

    func speak(_ link: BrokerLink, at now: Nanoseconds) {
        guard now >= next else { return }
        next = now + Self.period
        let current = values
        let time = wallClock()
        let changed = names.compactMap { name -> SparkplugPayload.Metric? in
            guard let value = current[name], value != said[name] else { return nil }
            return .init(name: name, value: value, timestamp: time)
        }
        // A number that is taken must arrive: what is dropped would leave a gap.
        guard !changed.isEmpty, link.takesTelemetry else { return }
        said = current
        sequence &+= 1
        link.publish(
            BrokerMessage(topic("NDATA"), SparkplugPayload(timestamp: time, metrics: changed, sequence: sequence).bytes)
        )
    }

    private let names = StateReading.all.map { "State/\($0.name)" }

    private var values: [String: SparkplugPayload.Value] {
        let state = feed.payload(of: .state)
        return Dictionary(
            uniqueKeysWithValues: StateReading.all.map { reading in
                ("State/\(reading.name)", Self.value(state?[reading.key] ?? .null, as: reading.kind))
            })
    }

    private static func value(_ payload: Payload, as kind: StateReading.Kind) -> SparkplugPayload.Value {
        switch (kind, payload) {
        case (.flag, .boolean(let flag)): .boolean(flag)
        case (.choice, .text(let text)): .text(text)
        case (.share, .number(let number, _)), (.range, .number(let number, _)), (.number, .number(let number, _)):
            .float(Float(number))
        case (.count, .integer(let count)): .int64(Int64(count))
        case (.flag, _): .null(datatype: 11)
        case (.choice, _): .null(datatype: 12)
        case (.share, _), (.range, _), (.number, _): .null(datatype: 9)
        case (.count, _): .null(datatype: 4)
        }
    }

    /// What an application may write, by name.
    private var controls: [(String, SparkplugPayload.Value)] {
        let verbs = feed.identity.verbs
        var controls: [(String, SparkplugPayload.Value)] = []
        if verbs.contains("emergency_stop") { controls.append(("Control/Emergency stop", .boolean(false))) }
        if verbs.contains("clear") { controls.append(("Control/Clear", .boolean(false))) }
        if verbs.contains("intensity") { controls.append(("Control/Intensity", .null(datatype: 9))) }
        if verbs.contains("gesture") { controls.append(("Control/Gesture", .null(datatype: 12))) }
        return controls
    }

    // MARK: Listening

    func take(_ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds) {
        guard !message.isRetained, message.payload.count <= MienDialect.longestPayload else { return }
        let isAdmitted = commands.admits(at: now)
        if message.topic.hasPrefix("spBv1.0/STATE/") {
            // A host application that comes wants to know who is there.
            if isAdmitted, HostState.isOnline(message.payload) { giveBirth(link) }
            return
        }
        guard message.topic == topic("NCMD"), let payload = SparkplugPayload(message.payload) else { return }
        for metric in payload.metrics.prefix(16) {
            switch (metric.name, metric.value) {
            case ("Control/Emergency stop", .boolean(true)): perform("emergency_stop", [:])
            case _ where !isAdmitted: break
            case (Self.rebirth, .boolean(true)): giveBirth(link)
            case ("Control/Clear", .boolean(true)): perform("clear", [:])
            case ("Control/Intensity", .float(let value)): perform("intensity", ["value": .single(value)])
            case ("Control/Intensity", .double(let value)): perform("intensity", ["value": .number(value)])
            case ("Control/Gesture", .text(let name)): perform("gesture", ["name": .text(name)])
            default: break
            }
        }
    }

    private func perform(_ verb: String, _ payload: Payload) {
        feed.perform(verb, payload: payload.json) { _, _ in }
    }

    func sayGoodbye(_ link: BrokerLink) { link.publish(death) }
}

/// What a host application says of itself on `spBv1.0/STATE/<host>` (Sparkplug 3.0.0, 5.16).
private struct HostState: Decodable {
    let online: Bool

    static func isOnline(_ payload: [UInt8]) -> Bool {
        (try? JSONDecoder().decode(HostState.self, from: Data(payload)))?.online ?? false
    }
}
