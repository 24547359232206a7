import Actuation
import FaceKit
import Foundation
import Testing

@testable import Runtime
@testable import Telemetry

/// The bridge against a real mosquitto.
@Suite(.serialized) struct BridgeTests {
    @Test func aLateSubscriberFindsWhatIsRetained() throws {
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        #expect(stand.until { stand.loop.isConnected && stand.loop.isQuiet })
        let watcher = stand.watcher(try broker.address)
        let topics = [
            "mien/stand/availability", "mien/stand/info", "mien/stand/state", "mien/stand/actuators/info",
            "homeassistant/device/mien_stand/config",
        ]
        #expect(stand.until(watcher) { topics.allSatisfy { watcher.last($0) != nil } })
        for topic in topics { #expect(watcher.heard.contains { $0.topic == topic && $0.isRetained }) }
        #expect(watcher.last("mien/stand/availability") == "online")
    }

    @Test func everyPayloadHasTheKeysOfTheTable() throws {
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        stand.observation.motion.put { $0.person = PersonFrame(sensed: [.voice]) }
        stand.console.report(ConsoleStatus.Motion())
        let watcher = stand.watcher(try broker.address)
        #expect(stand.until(watcher) { watcher.last("mien/stand/availability") == "online" })
        stand.observation.control.put {
            $0.actuatorCount = 23
            $0.seconds = 1
        }
        stand.observation.log(level: "info", message: "hello")
        stand.console.events.post(ConsoleEvent("line_lost", seconds: 1))
        let topics = Topic.all.filter { !$0.fields.isEmpty && $0 != .temperatures }
        #expect(stand.until(watcher) { topics.allSatisfy { watcher.last("mien/stand/\($0.name)") != nil } })
        for topic in topics {
            let text = try #require(watcher.last("mien/stand/\(topic.name)"))
            let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            // What the robot knows by name is given by whoever makes the bridge.
            let given: Set<String> = topic == .info ? ["expressions", "scripts", "parameters"] : []
            #expect(
                Set(object.map { Array($0.keys) } ?? []) == Set(topic.fields.map(\.key)).subtracting(given),
                "\(topic.name)")
        }
    }

    @Test func theEmergencyStopIsPressedAndOnlyAnOperatorsTopicClearsIt() throws {
        let broker = try TestBroker()
        for authority in [Command.Authority.anybody, .steering, .operator] {
            let stand = try BridgeStand(broker.address, authority: authority)
            let watcher = stand.watcher(try broker.address)
            #expect(stand.until(watcher) { stand.loop.isConnected && stand.loop.isQuiet })
            watcher.publish("mien/stand/command/emergency_stop", "")
            let result = "mien/stand/command/emergency_stop/result"
            #expect(stand.until(watcher) { watcher.last(result) == #"{"ok":true}"# })
            var stop = EmergencyStop()
            stand.console.stop.update(&stop)
            #expect(stop.cause == .message)
            watcher.publish("mien/stand/command/clear", #"{"id":"c"}"#)
            let cleared = "mien/stand/command/clear/result"
            #expect(stand.until(watcher) { watcher.last(cleared) != nil })
            stand.console.stop.update(&stop)
            #expect(stop.isLatched == (authority != .operator))
            #expect(watcher.last(cleared)?.contains(authority == .operator ? #""ok":true"# : "not_allowed") == true)
        }
    }

    @Test func malformedCommandsAreAnsweredWithWhatIsWrong() throws {
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        let watcher = stand.watcher(try broker.address)
        let cases: [(verb: String, payload: String, code: String)] = [
            ("gesture", "nod", "not_an_object"), ("gesture", "{}", "missing"),
            ("gesture", #"{"name":7}"#, "wrong_kind"),
            ("gesture", #"{"name":"nod","strength":99}"#, "out_of_range"),
            ("gesture", #"{"name":"nod","speed":1}"#, "unknown_key"), ("dance", "{}", "unknown_command"),
            ("status", "{}", "unknown_command"), ("record_start", "{}", "not_allowed"),
            ("eval", #"{"source":"x"}"#, "not_allowed"),
            ("gesture", String(repeating: "[", count: 60_000), "not_an_object"),
            ("gesture", "{\"name\":\"\u{0}\"}", "not_an_object"),
            ("gesture", #"{"command":"clear","name":"nod"}"#, "unknown_key"),
        ]
        #expect(stand.until(watcher) { stand.loop.isConnected && stand.loop.isQuiet })
        for (verb, payload, code) in cases {
            watcher.forget()
            watcher.publish("mien/stand/command/\(verb)", payload)
            #expect(stand.until(watcher) { watcher.last("mien/stand/command/\(verb)/result") != nil })
            #expect(watcher.last("mien/stand/command/\(verb)/result")?.contains(#""code":"\#(code)""#) == true)
        }
    }

    @Test func aCommandThatTheMotionTickDoesNotAnswerIsRefusedInTime() throws {
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        let watcher = stand.watcher(try broker.address)
        #expect(stand.until(watcher) { stand.loop.isConnected && stand.loop.isQuiet })
        watcher.publish("mien/stand/command/intensity", #"{"value":0.5,"id":3}"#)
        let result = "mien/stand/command/intensity/result"
        #expect(stand.until(watcher) { watcher.last(result) != nil })
        let code = watcher.last(result) ?? ""
        #expect(code.contains(#""id":3"#) && (code.contains("no_answer") || code.contains("busy")))
    }

    @Test func aDeadRobotIsOfflineAndALeavingOneSaysSo() throws {
        let broker = try TestBroker()
        for leaves in [false, true] {
            let stand = try BridgeStand(broker.address)
            let watcher = stand.watcher(try broker.address)
            #expect(stand.until(watcher) { watcher.last("mien/stand/availability") == "online" })
            if leaves {
                stand.loop.sayGoodbye()
                #expect(stand.until(watcher) { stand.loop.isQuiet })
            }
            watcher.forget()
            stand.loop.close()
            let deadline = SystemClock().now() + 30_000_000_000
            // Whoever said goodbye leaves no will on top.
            while !leaves, watcher.last("mien/stand/availability") != "offline", SystemClock().now() < deadline {
                watcher.turn()
            }
            let late = Watcher(try broker.address, name: "late")
            late.open()
            while late.last("mien/stand/availability") == nil, SystemClock().now() < deadline { late.turn() }
            #expect(late.last("mien/stand/availability") == "offline")
        }
    }

    @Test func aForgottenRobotLeavesNothingBehind() throws {
        let broker = try TestBroker()
        var options = BridgeOptions()
        options.homie = true
        let stand = try BridgeStand(broker.address, options: options)
        #expect(stand.until { stand.loop.isConnected && stand.loop.isQuiet })
        stand.loop.sayGoodbye()
        #expect(stand.until { stand.loop.isQuiet })
        stand.loop.close()
        try RetainedEraser(address: broker.address, security: BrokerSecurity()).erase(robot: "stand")
        let late = Watcher(try broker.address, name: "late")
        late.open()
        let deadline = SystemClock().now() + 30_000_000_000
        while !late.isConnected, SystemClock().now() < deadline { late.turn() }
        late.publish("end", "of what is retained")
        while late.last("end") == nil, SystemClock().now() < deadline { late.turn() }
        #expect(late.heard.map(\.topic) == ["end"])
    }

    @Test func anOversizedMessageNeverArrivesAndCostsNoConnection() throws {
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        let watcher = stand.watcher(try broker.address)
        #expect(stand.until(watcher) { stand.loop.isConnected && stand.loop.isQuiet })
        watcher.publish("mien/stand/command/gesture", String(repeating: "x", count: 1_000_000))
        watcher.publish("mien/stand/command/emergency_stop", "{}")
        #expect(stand.until(watcher) { watcher.last("mien/stand/command/emergency_stop/result") != nil })
        #expect(stand.changes == [nil])
    }

    @Test func aPersonsFaceArrivesAndIsForgottenInSilence() throws {
        let broker = try TestBroker()
        let clock = VirtualClock(startingAt: 1)
        let inbox = PersonInbox(clock: clock)
        var source = inbox.makeSource()
        let stand = try BridgeStand(broker.address, person: inbox)
        let watcher = stand.watcher(try broker.address)
        #expect(stand.until(watcher) { stand.loop.isConnected && stand.loop.isQuiet })
        #expect(source.frame(at: 0) == nil)
        watcher.publish(
            "mien/stand/sense/person", #"{"coefficients":{"jawOpen":0.5},"head_yaw_rad":0.2,"voice":1,"t_s":9}"#)
        var frame: PersonFrame?
        #expect(
            stand.until(watcher) {
                frame = source.frame(at: 1)
                return frame != nil
            })
        #expect(frame?.face[.jawOpen] == 0.5 && frame?.face.head.yaw == 0.2 && frame?.voice == 1)
        #expect(frame?.sensed == [SensedChannels(.jawOpen), .headYaw, .voice])
        clock.advance(by: 600_000_000)
        #expect(source.frame(at: 2) == nil)
    }

    /// Made by Python's cbor2 6.2.1: `cbor2.dumps({"coefficients": {"jawOpen": 0.25}, "head_yaw_rad": -0.5, "voice": 1})`.
    @Test func aPersonsFaceMayComeAsCBOR() {
        let inbox = PersonInbox(clock: VirtualClock(startingAt: 1))
        var source = inbox.makeSource()
        let hex =
            "a36c636f656666696369656e7473a1676a61774f70656efb3fd00000000000006c686561645f7961775f726164fbbfe0000000000000"
            + "65766f69636501"
        let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { place in
            UInt8(hex.dropFirst(place).prefix(2), radix: 16)
        }
        #expect(inbox.put(bytes))
        let frame = source.frame(at: 1)
        #expect(frame?.face[.jawOpen] == 0.25 && frame?.face.head.yaw == -0.5 && frame?.voice == 1)
        for length in 0..<bytes.count { #expect(!inbox.put(Array(bytes.prefix(length)))) }
    }

    @Test(arguments: [
        "", "[]", "{", #"{"coefficients":{"jawOpen":2}}"#, #"{"coefficients":{"nose":0.5}}"#, #"{"head_yaw_rad":1e9}"#,
        #"{"voice":"loud"}"#, #"{"coefficients":[1]}"#,
    ])
    func aMalformedFaceIsRefused(payload: String) {
        #expect(!PersonInbox().put(Array(payload.utf8)))
    }
}
