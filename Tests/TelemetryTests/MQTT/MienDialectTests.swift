import FaceKit
import Testing

@testable import Telemetry

@Suite struct MienDialectTests {
    private let client = PretendClient()
    private let feed = PretendFeed()
    private static let second: Nanoseconds = 1_000_000_000
    private static let root = "mien/Face_One"

    /// A loop whose broker is connected.
    private func loop(_ change: (inout BridgeOptions) -> Void = { _ in }) -> BridgeLoop {
        var options = BridgeOptions()
        options.takesPerson = true
        change(&options)
        let loop = BridgeLoop(feed: feed, options: options, onChange: { _ in }, makeClient: { _ in client })
        loop.turn(at: 0)
        client.events = [.connected]
        loop.turn(at: 0)
        return loop
    }

    private func message(_ topic: String, _ text: String, retained: Bool = false) -> BrokerEvent {
        .message(BrokerMessage("\(Self.root)/\(topic)", Array(text.utf8), isRetained: retained))
    }

    private func result(_ verb: String) -> [String] { client.said("\(Self.root)/command/\(verb)/result") }

    @Test func theLastWillSaysOfflineAndTheBirthOnline() throws {
        _ = loop()
        let will = try #require(client.opened.first?.will)
        #expect(will == BrokerMessage("\(Self.root)/availability", Array("offline".utf8), quality: 1, isRetained: true))
        let birth = try #require(client.published.first)
        #expect(birth == BrokerMessage("\(Self.root)/availability", Array("online".utf8), quality: 1, isRetained: true))
    }

    @Test func everythingRetainedIsSaidAtOnceAndAgainAfterALoss() {
        let loop = loop()
        let retained = ["availability", "info", "state", "actuators/info", "scripts"]
        func isSaid() -> Bool {
            retained.allSatisfy { name in
                client.published.contains { $0.topic == "\(Self.root)/\(name)" && $0.isRetained }
            } && client.published.contains { $0.topic == "homeassistant/device/mien_Face_One/config" && $0.isRetained }
        }
        #expect(isSaid())
        client.published = []
        client.events = [.lost(.closed("gone"))]
        loop.turn(at: Self.second)
        loop.turn(at: 2 * Self.second)
        client.events = [.connected]
        loop.turn(at: 2 * Self.second)
        #expect(isSaid())
    }

    @Test func goodbyeIsOffline() {
        let loop = loop()
        loop.sayGoodbye()
        #expect(client.said("\(Self.root)/availability").last == "offline")
    }

    @Test func aCommandIsPerformedAndAnsweredWithItsCorrelation() throws {
        let loop = loop()
        let request = BrokerMessage(
            "\(Self.root)/command/gesture", Array(#"{"name":"nod"}"#.utf8), responseTopic: "client/7/answers",
            correlation: [1, 2, 3])
        client.published = []
        client.events = [.message(request)]
        loop.turn(at: 1)
        #expect(feed.performed.map(\.verb) == ["gesture"])
        let answers = client.published.filter { $0.text == #"{"ok":true}"# }
        #expect(answers.map(\.topic) == ["\(Self.root)/command/gesture/result", "client/7/answers"])
        #expect(answers.allSatisfy { $0.correlation == [1, 2, 3] })
    }

    @Test(arguments: [
        "mien/other/command/clear", "$SYS/x", "homeassistant/switch/door/set", "homie/5/x/y/set", "spBv1.0/g/NCMD/n",
        "a/#", "a/+", "mien/Face_One/command/clear",
    ])
    func nobodyHasTheRobotWriteToAnothersTopic(topic: String) {
        #expect(!CommandReply.isAllowed(topic, root: Self.root))
        #expect(CommandReply.isAllowed("mien/Face_One/response/\(topic.utf8.count)", root: Self.root))
    }

    @Test func aRetainedCommandIsIgnored() {
        let loop = loop()
        client.events = [message("command/gesture", #"{"name":"nod"}"#, retained: true)]
        loop.turn(at: 1)
        #expect(feed.performed.isEmpty && result("gesture").isEmpty)
        loop.turn(at: 2 * Self.second)
        #expect(client.said("\(Self.root)/bridge").last?.contains(#""ignored_retained":1"#) == true)
    }

    @Test func aFloodIsBoundedButTheEmergencyStopComesThrough() {
        let loop = loop()
        client.events =
            (0..<1000).map { _ in message("command/gesture", "{}") } + [message("command/emergency_stop", "")]
        loop.turn(at: 1)
        #expect(feed.performed.count { $0.verb == "gesture" } == 100)
        #expect(feed.performed.last?.verb == "emergency_stop")
        client.events = [message("command/gesture", "{}")]
        loop.turn(at: Self.second)
        #expect(feed.performed.last?.verb == "gesture")
    }

    @Test func anOversizedCommandIsRefusedUnread() {
        let loop = loop()
        client.events = [message("command/gesture", String(repeating: "x", count: 65_537))]
        loop.turn(at: 1)
        #expect(feed.performed.isEmpty)
        #expect(result("gesture").last?.contains(#""code":"too_long""#) == true)
    }

    @Test func aPersonsFaceIsTakenOnlyFresh() {
        let loop = loop()
        client.events = [message("sense/person", "{}"), message("sense/person", "{}", retained: true)]
        loop.turn(at: 1)
        #expect(feed.people.count == 1)
    }

    @Test func anotherConnectionsLateWillIsCorrected() {
        let loop = loop()
        client.published = []
        client.events = [message("availability", "offline")]
        loop.turn(at: Self.second)
        #expect(client.said("\(Self.root)/availability") == ["online"])
        // Somebody who floods is not answered each time.
        client.events = (0..<100).map { _ in message("availability", "offline") }
        loop.turn(at: Self.second + 1)
        #expect(client.said("\(Self.root)/availability").count == 1)
        loop.turn(at: 3 * Self.second)
        #expect(client.said("\(Self.root)/availability") == ["online", "online"])
    }

    @Test func whatComesOftenKeepsItsRate() {
        let loop = loop()
        client.published = []
        for millisecond in 1...10_000 { loop.turn(at: Nanoseconds(millisecond) * 1_000_000) }
        #expect(client.said("\(Self.root)/face").count == 100)
        #expect((9...11).contains(client.said("\(Self.root)/state").count))
    }

    @Test func aBudgetSlowsWhatComesOften() {
        feed.payloads["face"] = ["x": .text(String(repeating: "x", count: 992))]
        feed.payloads["person"] = nil
        feed.payloads["actuators"] = nil
        let loop = loop { $0.budget = 4000 }
        client.published = []
        for millisecond in 1...10_000 { loop.turn(at: Nanoseconds(millisecond) * 1_000_000) }
        // 1000 bytes a message, 4000 a second.
        #expect((38...42).contains(client.said("\(Self.root)/face").count))
    }

    @Test func bothEncodingsSayTheSame() throws {
        _ = loop { $0.encoding = .both }
        let json = try #require(client.published.first { $0.topic == "\(Self.root)/face" })
        let cbor = try #require(client.published.first { $0.topic == "\(Self.root)/face/cbor" })
        #expect(json.payload == feed.payloads["face"]?.json)
        #expect(cbor.payload == feed.payloads["face"]?.cbor && cbor.contentType == "application/cbor")
    }

    @Test func whatDriftsIsNoReasonToPublish() {
        let loop = loop()
        let before = client.said("\(Self.root)/state").count
        feed.payloads["state"] = ["t_s": 5, "driver": "idle", "smile": 1]
        loop.turn(at: 100_000_000)
        feed.payloads["state"] = ["t_s": 6, "driver": "idle", "smile": 0]
        loop.turn(at: 200_000_000)
        let drifted = client.said("\(Self.root)/state").count
        feed.payloads["state"] = ["t_s": 6, "driver": "listening", "smile": 0]
        loop.turn(at: 300_000_000)
        // `smile` is new once; its further change is none.
        #expect(drifted - before <= 1)
        #expect(client.said("\(Self.root)/state").count == drifted + 1)
    }
}
