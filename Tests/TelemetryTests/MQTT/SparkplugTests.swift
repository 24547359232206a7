import FaceKit
import Testing

@testable import Telemetry

@Suite struct SparkplugTests {
    private let client = PretendClient()
    private let feed = PretendFeed()
    private static let second: Nanoseconds = 1_000_000_000
    private static let root = "spBv1.0/Mien"
    private static let node = "Face_One"

    private func link() -> BrokerLink {
        feed.payloads["state"] = ["driver": "idle", "smile": .number(0.5), "late_ticks": 3]
        let link = BrokerLink(client: client, dialect: SparkplugDialect(feed: feed, group: "Mien") { 7 }, seed: 1)
        link.turn(at: 0)
        client.events = [.connected]
        link.turn(at: 0)
        return link
    }

    private func payloads(_ kind: String) -> [SparkplugPayload] {
        client.published.filter { $0.topic == "\(Self.root)/\(kind)/\(Self.node)" }
            .compactMap { SparkplugPayload($0.payload) }
    }

    private func command(_ name: String, _ value: SparkplugPayload.Value) -> BrokerEvent {
        let payload = SparkplugPayload(timestamp: 1, metrics: [.init(name: name, value: value)])
        return .message(BrokerMessage("\(Self.root)/NCMD/\(Self.node)", payload.bytes))
    }

    /// A birth that another implementation (pysparkplug 0.6.1) put on the wire.
    @Test func bytesAreThoseOfAnotherImplementation() {
        let time: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]
        let captured =
            [0x08] + time + [0x12, 0x1D, 0x0A, 0x0D] + Array("face/jaw_open".utf8) + [0x18] + time
            + [0x20, 0x09, 0x65, 0x00, 0x00, 0x80, 0x3E, 0x12, 0x12, 0x0A, 0x05] + Array("bdSeq".utf8) + [0x18] + time
            + [0x20, 0x04, 0x58, 0x00, 0x18, 0x00]
        let stamp: UInt64 = 1 << 35
        let payload = SparkplugPayload(
            timestamp: stamp,
            metrics: [
                .init(name: "face/jaw_open", value: .float(0.25), timestamp: stamp),
                .init(name: "bdSeq", value: .int64(0), timestamp: stamp),
            ], sequence: 0)
        #expect(payload.bytes == captured)
        #expect(SparkplugPayload(captured) == payload)
    }

    @Test func birthAndWillCarryTheSameNumberWhichRisesWithEachConnection() throws {
        let link = link()
        for connection in 0..<3 {
            let will = try #require(client.opened.last?.will)
            #expect(will.quality == 1 && !will.isRetained)
            let death = try #require(SparkplugPayload(will.payload))
            #expect(death.sequence == nil && death.metrics.map(\.name) == ["bdSeq"])
            #expect(death.metrics.first?.value == .int64(Int64(connection)))
            #expect(payloads("NBIRTH").last?.metrics.first == death.metrics.first)
            let now = Nanoseconds(connection + 1) * 10 * Self.second
            client.events = [.lost(.closed("gone"))]
            link.turn(at: now)
            link.turn(at: now + Self.second)
            client.events = [.connected]
            link.turn(at: now + Self.second)
        }
    }

    @Test func aBirthHasEveryMetricAndDataOnlyWhatChanged() throws {
        let link = link()
        let birth = try #require(payloads("NBIRTH").last)
        #expect(birth.sequence == 0)
        let names = birth.metrics.map(\.name)
        #expect(names.contains("Node Control/Rebirth") && names.contains("State/Smile"))
        #expect(birth.metrics.first { $0.name == "State/Mode" }?.value == .null(datatype: 12))
        link.turn(at: 2 * Self.second)
        #expect(payloads("NDATA").isEmpty)
        feed.payloads["state"] = ["driver": "listening", "smile": .number(0.5), "late_ticks": 3]
        link.turn(at: 4 * Self.second)
        let data = try #require(payloads("NDATA").last)
        #expect(data.metrics.map(\.name) == ["State/Driver"] && data.sequence == 1)
        #expect(client.published.allSatisfy { !$0.isRetained && $0.quality == 0 })
    }

    @Test func sequenceNumbersGoRound() {
        let link = link()
        for number in 1...300 {
            feed.payloads["state"] = ["late_ticks": .integer(number + 10)]
            link.turn(at: Nanoseconds(number) * 2 * Self.second)
        }
        #expect(payloads("NDATA").compactMap(\.sequence) == (1...300).map { UInt8($0 % 256) })
    }

    @Test func aRebirthIsGivenWhenAsked() {
        let link = link()
        client.events = [command("Node Control/Rebirth", .boolean(true))]
        link.turn(at: 1)
        client.events = [
            .message(BrokerMessage("spBv1.0/STATE/host", Array(#"{"online": true, "timestamp": 5}"#.utf8)))
        ]
        link.turn(at: 2)
        #expect(payloads("NBIRTH").count == 3)
    }

    @Test func commandsArePerformed() {
        let link = link()
        client.events = [
            command("Control/Emergency stop", .boolean(true)), command("Control/Intensity", .float(0.25)),
            command("Control/Gesture", .text("nod")), command("State/Driver", .text("x")),
        ]
        link.turn(at: 1)
        #expect(feed.performed.map(\.verb) == ["emergency_stop", "intensity", "gesture"])
        #expect(feed.performed.map { String(decoding: $0.payload, as: UTF8.self) }[1] == #"{"value":0.25}"#)
    }

    @Test func leavingIsADeath() {
        let link = link()
        link.sayGoodbye()
        #expect(payloads("NDEATH").last?.metrics.map(\.name) == ["bdSeq"])
    }

    @Test func anyBytesAreTakenWithoutFailing() {
        let random = CounterRandom(seed: 4, system: .test)
        let good = SparkplugPayload(
            timestamp: 9, metrics: [.init(name: "a", value: .text("b")), .init(name: "c", value: .double(2))],
            sequence: 1
        ).bytes
        for round in 0..<20_000 {
            var bytes = good
            for draw in 0..<3 {
                let bits = random.bits(frame: UInt32(round), draw: UInt32(draw))
                bytes[Int(bits >> 8) % bytes.count] = UInt8(truncatingIfNeeded: bits)
            }
            _ = SparkplugPayload(Array(bytes.prefix(Int(random.bits(frame: UInt32(round), draw: 9)) % 60)))
            _ = SparkplugPayload(bytes)
        }
        #expect(SparkplugPayload([0xFF]) == nil && SparkplugPayload([])?.metrics.isEmpty == true)
    }
}
