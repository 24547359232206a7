import FaceKit
import Testing

@testable import Telemetry

@Suite struct HomeAssistantTests {
    private static let second: Nanoseconds = 1_000_000_000

    /// When each robot announces itself after Home Assistant's start, seconds.
    private static func announcement(of robot: String) -> Double? {
        let client = PretendClient()
        let feed = PretendFeed()
        feed.identity.name = robot
        let loop = BridgeLoop(feed: feed, options: BridgeOptions(), onChange: { _ in }, makeClient: { _ in client })
        loop.turn(at: 0)
        client.events = [.connected]
        loop.turn(at: 0)
        client.published = []
        client.events = [.message(BrokerMessage("homeassistant/status", Array("online".utf8)))]
        for millisecond in stride(from: 1000, through: 5000, by: 10) {
            loop.turn(at: Nanoseconds(millisecond) * 1_000_000)
            if client.published.contains(where: { $0.topic.hasSuffix("/config") }) {
                return Double(millisecond) / 1000 - 1
            }
        }
        return nil
    }

    @Test func robotsAnnounceThemselvesSpreadOverThreeSeconds() throws {
        let instants = try (0..<60).map { try #require(Self.announcement(of: "robot \($0)")) }
        #expect(instants.allSatisfy { (0...3.1).contains($0) })
        for third in 0..<3 {
            #expect((8...34).contains(instants.count { Int($0) == third }))
        }
        #expect(try #require(Self.announcement(of: "robot 7")) == instants[7])
    }

    @Test func aRetainedStartIsPast() {
        let announcer = HomeAssistantAnnouncer(root: "mien/x")
        let past = BrokerMessage("homeassistant/status", Array("online".utf8), isRetained: true)
        #expect(announcer.take(past, at: 0))
    }

    @Test func entitiesAreWhatTheRobotTakes() {
        var identity = RobotIdentity(name: "Face One", type: "face", version: "1")
        func platforms() -> [String] {
            HomeAssistantDevice(identity: identity, warm: ["jaw"]).components.map { "\($0.platform) \($0.key)" }
        }
        #expect(!platforms().contains { $0.hasPrefix("button") })
        identity.verbs = ["emergency_stop", "clear", "intensity", "gesture"]
        identity.gestures = ["nod"]
        #expect(
            Set(platforms()).isSuperset(of: [
                "button stop", "button clear", "number intensity", "select gesture", "sensor state", "sensor smile",
                "sensor attention", "binary_sensor emergency_stop", "sensor late_ticks", "sensor temperature_jaw",
            ]))
    }

    @Test func aNameCannotEndTheTemplate() {
        let identity = RobotIdentity(name: "x", type: "x", version: "1")
        let device = HomeAssistantDevice(identity: identity, warm: ["a'] }}{{ x"]).payload
        let component = device["cmps"]?["temperature_a_____x"] ?? device["cmps"]?["temperature_a______x"]
        let all = String(decoding: device.json, as: UTF8.self)
        #expect(component != nil || all.contains(#"a\\'] }}"#))
    }
}
