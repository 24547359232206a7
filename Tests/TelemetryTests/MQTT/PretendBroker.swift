import FaceKit

@testable import Telemetry

/// A broker's client that does what a test says.
final class PretendClient: BrokerClient {
    var opened: [(version: BrokerProtocol, will: BrokerMessage)] = []
    var events: [BrokerEvent] = []
    var published: [BrokerMessage] = []
    var subscriptions: [String] = []
    var isCongested = false
    var unacknowledged = 0
    var ends: [String] = []
    var interest: (descriptor: Int32, writes: Bool)? { nil }

    func open(speaking version: BrokerProtocol, will: BrokerMessage) { opened.append((version, will)) }

    func turn() -> [BrokerEvent] {
        defer { events = [] }
        return events
    }

    func publish(_ message: BrokerMessage) -> Bool {
        published.append(message)
        return true
    }

    func subscribe(_ filter: String, quality: Int, retained: RetainedWish) { subscriptions.append(filter) }
    func close() { ends.append("close") }
    func abandon() { ends.append("abandon") }

    /// The payloads published on a topic, as text.
    func said(_ topic: String) -> [String] { published.filter { $0.topic == topic }.compactMap(\.text) }
}

/// A robot that says what a test says.
final class PretendFeed: RobotFeed {
    var identity = RobotIdentity(name: "Face One", type: "test-face", version: "1")
    var payloads: [String: Payload] = [
        "info": ["robot": "Face One"], "state": ["t_s": 0, "driver": "idle"], "actuators/info": ["unit": "rad"],
        "scripts": ["t_s": 0, "scripts": []], "face": ["t_s": 0, "landmarks": []], "person": ["t_s": 0],
        "actuators": ["t_s": 0, "actuators": []],
    ]
    var performed: [(verb: String, payload: [UInt8])] = []
    var answer: Payload? = ["ok": true]
    var people: [[UInt8]] = []
    var notes: [RobotNote] = []

    init() { identity.verbs = ["emergency_stop", "gesture", "intensity"] }

    func refresh(at now: Nanoseconds) {}
    func payload(of topic: Topic) -> Payload? { payloads[topic.name] }

    func takeNotes() -> (notes: [RobotNote], dropped: Int) {
        defer { notes = [] }
        return (notes, 0)
    }

    func perform(_ verb: String, payload: [UInt8], answer: @escaping (Payload, Bool) -> Void) {
        performed.append((verb, payload))
        if let given = self.answer { answer(given, given["ok"] != true) }
    }

    func takePerson(_ payload: [UInt8]) -> Bool {
        people.append(payload)
        return true
    }
}

/// A dialect that only notes what it is asked.
final class PretendDialect: BrokerDialect {
    let suffix = ""
    let deadline = Nanoseconds.max
    var wills = 0
    var connections = 0
    var taken: [BrokerMessage] = []

    func makeWill() -> BrokerMessage {
        wills += 1
        return BrokerMessage("will", Array("\(wills)".utf8))
    }

    func connected(_ link: BrokerLink, at now: Nanoseconds) { connections += 1 }
    func speak(_ link: BrokerLink, at now: Nanoseconds) {}
    func take(_ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds) { taken.append(message) }
    func sayGoodbye(_ link: BrokerLink) { link.publish(BrokerMessage("bye", [])) }
}
