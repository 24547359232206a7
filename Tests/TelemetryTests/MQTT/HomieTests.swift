import FaceKit
import Foundation
import Testing

@testable import Telemetry

@Suite struct HomieTests {
    private let client = PretendClient()
    private let feed = PretendFeed()
    private static let second: Nanoseconds = 1_000_000_000
    private static let root = "homie/5/face-one"

    private func link() -> BrokerLink {
        feed.identity.gestures = ["nod", "shake"]
        feed.payloads["state"] = ["driver": "idle", "intensity": .number(1), "mode": .null, "emergency_stop": false]
        let link = BrokerLink(client: client, dialect: HomieDialect(feed: feed), seed: 1)
        link.turn(at: 0)
        client.events = [.connected]
        link.turn(at: 0)
        return link
    }

    private func set(_ property: String, _ text: String, retained: Bool = false) -> BrokerEvent {
        .message(BrokerMessage("\(Self.root)/control/\(property)/set", Array(text.utf8), isRetained: retained))
    }

    @Test func theDescriptionComesBeforeReadyAndTheWillIsLost() {
        _ = link()
        #expect(
            client.opened.last?.will
                == BrokerMessage("\(Self.root)/$state", Array("lost".utf8), quality: 2, isRetained: true))
        let topics = client.published.map(\.topic)
        #expect(client.said("\(Self.root)/$state") == ["init", "ready"])
        #expect(topics.first == "\(Self.root)/$state" && topics.last == "\(Self.root)/$state")
        #expect(topics.contains("\(Self.root)/$description"))
        #expect(client.published.allSatisfy { $0.isRetained })
    }

    @Test func everyPublishedValueIsDescribedWithAnAllowedName() throws {
        _ = link()
        let text = try #require(client.said("\(Self.root)/$description").last)
        let description = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(description["homie"] as? String == "5.0" && description["version"] is Int)
        let nodes = try #require(description["nodes"] as? [String: [String: Any]])
        for message in client.published where !message.topic.contains("$") {
            let parts = message.topic.dropFirst(Self.root.count + 1).split(separator: "/").map(String.init)
            let properties = nodes[parts[0]]?["properties"] as? [String: [String: Any]]
            #expect(properties?[parts[1]]?["datatype"] is String)
            let strange = parts.joined().filter { !($0.isLowercase || $0.isNumber || $0 == "-") }
            #expect(strange.isEmpty)
        }
    }

    @Test func onlyWhatChangedIsPublishedAndAnAlertComesAndGoes() {
        let link = link()
        client.published = []
        link.turn(at: 2 * Self.second)
        #expect(client.published.isEmpty)
        for isStopped in [true, false] {
            feed.payloads["state"] = ["driver": "idle", "emergency_stop": .boolean(isStopped)]
            link.turn(at: (isStopped ? 4 : 6) * Self.second)
        }
        #expect(client.said("\(Self.root)/state/emergency-stop") == ["true", "false"])
        #expect(client.said("\(Self.root)/$alert/emergency-stop") == ["The emergency stop is latched", ""])
    }

    @Test func whatIsSetIsPerformedAndEchoedUnlessItWasRetained() {
        let link = link()
        client.published = []
        client.events = [set("intensity", "0.5"), set("gesture", "nod"), set("gesture", "shake", retained: true)]
        link.turn(at: 1)
        #expect(feed.performed.map(\.verb) == ["intensity", "gesture"])
        #expect(client.said("\(Self.root)/control/intensity") == ["0.5"])
        let gesture = client.published.first { $0.topic == "\(Self.root)/control/gesture" }
        #expect(gesture?.isRetained == false && gesture?.quality == 0)
        feed.answer = .refusal("out_of_range", "no")
        client.events = [set("intensity", "7"), set("intensity", "many"), set("emergency-stop", "true")]
        link.turn(at: 2)
        #expect(client.said("\(Self.root)/control/intensity") == ["0.5"])
        #expect(feed.performed.map(\.verb) == ["intensity", "gesture", "intensity", "emergency_stop"])
    }

    @Test func anEmptyTextIsAZeroByte() {
        #expect(HomieDialect.bytes(of: "") == [0])
        #expect(HomieDialect.bytes(of: "x") == [0x78])
    }
}
