import FaceKit
import Glibc

/// A robot as a Homie 5 device. Source: homieiot/convention, version 5.
final class HomieDialect: BrokerDialect {
    private let feed: any RobotFeed
    private let root: String
    private var said: [String: [UInt8]] = [:]
    private var next: Nanoseconds = .min
    private let version = time(nil)
    private var commands = CommandGate(rate: 20, burst: 40)
    private static let period: Nanoseconds = 1_000_000_000

    init(feed: any RobotFeed) {
        self.feed = feed
        root = "homie/5/" + Self.id(of: feed.identity.name)
    }

    /// An identifier as Homie allows it: a to z, 0 to 9 and `-`.
    static func id(of name: String) -> String {
        String(
            decoding: RobotIdentity.id(of: name).lowercased().utf8.map {
                $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0
            },
            as: UTF8.self)
    }

    let suffix = "-homie"
    var deadline: Nanoseconds { next }

    func makeWill() -> BrokerMessage { attribute("$state", "lost") }

    // MARK: Speaking

    /// Attributes and retained values go with quality 2, as the convention advises.
    private func attribute(_ name: String, _ text: String) -> BrokerMessage {
        BrokerMessage("\(root)/\(name)", Array(text.utf8), quality: 2, isRetained: true)
    }

    func connected(_ link: BrokerLink, at now: Nanoseconds) {
        said = [:]
        next = .min
        link.publish(attribute("$state", "init"))
        link.publish(BrokerMessage("\(root)/$description", description.json, quality: 2, isRetained: true))
        publishValues(link)
        link.subscribe("\(root)/+/+/set", quality: 2)
        link.publish(attribute("$state", "ready"))
    }

    func speak(_ link: BrokerLink, at now: Nanoseconds) {
        guard now >= next else { return }
        next = now + Self.period
        publishValues(link)
    }

    private func publishValues(_ link: BrokerLink) {
        guard let state = feed.payload(of: .state) else { return }
        for reading in StateReading.all {
            guard let value = state[reading.key], value != .null else { continue }
            publish("state/\(Self.id(of: reading.key))", Self.bytes(of: value), link)
        }
        if let intensity = state["intensity"], intensity != .null, feed.identity.verbs.contains("intensity") {
            publish("control/intensity", Self.bytes(of: intensity), link)
        }
        publishAlert("emergency-stop", state["emergency_stop"] == true ? "The emergency stop is latched" : "", link)
        publishAlert("line-lost", state["line_lost"] == true ? "A servo bus is lost" : "", link)
    }

    /// An alert is there while it has a text.
    private func publishAlert(_ id: String, _ text: String, _ link: BrokerLink) {
        let topic = "$alert/\(id)"
        guard said[topic] ?? [] != Array(text.utf8) else { return }
        said[topic] = Array(text.utf8)
        link.publish(attribute(topic, text))
    }

    private func publish(_ property: String, _ bytes: [UInt8], _ link: BrokerLink) {
        guard said[property] != bytes else { return }
        said[property] = bytes
        link.publish(BrokerMessage("\(root)/\(property)", bytes, quality: 2, isRetained: true))
    }

    /// A value as Homie writes it; an empty text is a single zero byte.
    static func bytes(of value: Payload) -> [UInt8] {
        guard case .text(let text) = value else { return value.json }
        return text.isEmpty ? [0] : Array(text.utf8)
    }

    // MARK: Describing

    /// The description; its version is when this run began, as what it says changes from run to run only.
    var description: Payload {
        let members: [Payload.Member] = [
            .init("homie", "5.0"), .init("version", .integer(version)), .init("name", .text(feed.identity.name)),
            .init("type", "mien-robot"),
            .init("nodes", nodes),
        ]
        return .object(members)
    }

    private var nodes: Payload {
        let readings = StateReading.all.map { reading in
            Payload.Member(Self.id(of: reading.key), .object(Self.property(reading.name, reading.kind)))
        }
        var nodes: [Payload.Member] = [
            .init("state", ["name": "State", "properties": .object(readings)])
        ]
        let controls = controls
        if !controls.isEmpty { nodes.append(.init("control", ["name": "Control", "properties": .object(controls)])) }
        return .object(nodes)
    }

    private static func property(_ name: String, _ kind: StateReading.Kind) -> [Payload.Member] {
        let type: [Payload.Member] =
            switch kind {
            case .flag: [.init("datatype", "boolean")]
            case .choice(let texts):
                [.init("datatype", "enum"), .init("format", .text(texts.joined(separator: ",")))]
            case .share: [.init("datatype", "float"), .init("format", "0:1")]
            case .range(let most): [.init("datatype", "float"), .init("format", .text("0:\(most)"))]
            case .number(let unit): [.init("datatype", "float"), .init("unit", .text(unit))]
            case .count: [.init("datatype", "integer")]
            }
        return [.init("name", .text(name))] + type
    }

    private var controls: [Payload.Member] {
        let identity = feed.identity
        var controls: [Payload.Member] = []
        if identity.verbs.contains("intensity") {
            controls.append(
                .init(
                    "intensity",
                    ["name": "Intensity", "datatype": "float", "format": "0:2:0.01", "settable": true]))
        }
        if identity.verbs.contains("gesture"), !identity.gestures.isEmpty {
            controls.append(
                .init(
                    "gesture",
                    [
                        "name": "Gesture", "datatype": "enum",
                        "format": .text(identity.gestures.joined(separator: ",")),
                        "settable": true, "retained": false,
                    ]))
        }
        if identity.verbs.contains("emergency_stop") {
            // `false` clears, where this bridge may.
            controls.append(
                .init(
                    "emergency-stop",
                    ["name": "Emergency stop", "datatype": "boolean", "settable": true, "retained": false]))
        }
        return controls
    }

    // MARK: Listening

    func take(_ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds) {
        guard !message.isRetained, message.payload.count <= 1000, message.topic.hasPrefix(root + "/control/"),
            message.topic.hasSuffix("/set"), let text = message.text
        else { return }
        let property = String(message.topic.dropFirst(root.count + "/control/".count).dropLast("/set".count))
        let isAdmitted = commands.admits(at: now)
        switch (property, text) {
        case ("emergency-stop", "true"): perform("emergency_stop", [:], property, text, link)
        case ("emergency-stop", "false") where isAdmitted: perform("clear", [:], property, text, link)
        case ("gesture", _) where isAdmitted: perform("gesture", ["name": .text(text)], property, text, link)
        case ("intensity", _) where isAdmitted:
            guard let value = Double(text), value.isFinite else { return }
            perform("intensity", ["value": .number(value)], property, text, link)
        default: break
        }
    }

    /// Performs a command; what was set and not refused is echoed as the property's value.
    private func perform(
        _ verb: String, _ payload: Payload, _ property: String, _ text: String, _ link: BrokerLink
    ) {
        feed.perform(verb, payload: payload.json) { [weak self, weak link] _, isRefused in
            guard let self, let link, !isRefused else { return }
            if property == "intensity" {
                publish("control/intensity", Array(text.utf8), link)
            } else {
                link.publish(BrokerMessage("\(root)/control/\(property)", Array(text.utf8)))
            }
        }
    }

    func sayGoodbye(_ link: BrokerLink) { link.publish(attribute("$state", "disconnected")) }

    /// What Homie has the broker retain, `$state` first, as a device is removed.
    static func retainedTopics(name: String) -> [String] {
        let root = "homie/5/" + id(of: name)
        return ["\(root)/$state", "\(root)/$description", "\(root)/control/intensity"]
            + StateReading.all.map { "\(root)/state/\(id(of: $0.key))" }
            + ["\(root)/$alert/emergency-stop", "\(root)/$alert/line-lost"]
    }
}
