import Actuation
import Foundation
import Glibc
import Hardware
import Telemetry
import Testing

@testable import Runtime

@Suite struct ConsoleServerTests {
    @Test func aCommandReachesTheMotionTickAndItsAnswerComesBackWithItsNumber() throws {
        let stand = try ConsoleStand()
        let client = try stand.connect()
        try client.send(#"{"id":7,"command":"gesture","name":"nod"}"#)
        stand.loop.turn()
        var taken: [Command] = []
        stand.console.commands.drain { command, answer in
            taken.append(command)
            answer(.success(["seconds": 1.5]))
        }
        #expect(taken == [.gesture(name: "nod", strength: 1, duration: 1)])
        #expect(try stand.answer(client) == #"{"id":7,"ok":true,"result":{"seconds":1.5}}"#)
    }

    @Test func theEmergencyStopIsPressedWithoutTheMotionTick() throws {
        let stand = try ConsoleStand()
        #expect(try stand.ask(#"{"command":"emergency_stop"}"#) == #"{"ok":true}"#)
        var stop = EmergencyStop()
        stand.console.stop.update(&stop)
        #expect(stop.cause == .operator)
        #expect(try stand.ask(#"{"command":"clear"}"#) == #"{"ok":true}"#)
        stand.console.stop.update(&stop)
        #expect(!stop.isLatched)
    }

    @Test(arguments: [
        ("nonsense", "not_an_object"), ("[1,2]", "not_an_object"), ("", "not_an_object"),
        (#"{"command":{"a":1}}"#, "not_an_object"), (#"{"command":"dance"}"#, "unknown_command"),
        (#"{"command":"say","text":"\u0000"}"#, "out_of_range"),
        (#"{"command":"gesture","name":"x","y":1}"#, "unknown_key"),
        (String(repeating: "[", count: 60_000), "not_an_object"),
        (#"{"a":"# + String(repeating: "[", count: 60_000), "not_an_object"),
        (String(repeating: "x", count: 70_000), "too_long"),
    ])
    func whatIsNoCommandIsRefusedWithAReason(line: String, code: String) throws {
        struct Reply: Decodable {
            struct Failure: Decodable {
                let code: String
                let message: String
            }
            let ok: Bool
            let error: Failure
        }
        let stand = try ConsoleStand()
        let answer = try stand.ask(line)
        let reply = try JSONDecoder().decode(Reply.self, from: Data(answer.utf8))
        #expect(!reply.ok)
        #expect(reply.error.code == code)
        #expect(!reply.error.message.isEmpty)
        // And goes on serving.
        #expect(try stand.ask(#"{"command":"emergency_stop"}"#) == #"{"ok":true}"#)
    }

    @Test func statusTellsBothTicksSides() throws {
        let stand = try ConsoleStand()
        stand.console.controlStatus.put { status in
            status.controlTicks = 500
            status.seconds = 5
            status.stopCause = 1
        }
        let client = try stand.connect()
        try client.send(#"{"command":"status"}"#)
        stand.loop.turn()
        stand.console.commands.drain { _, answer in
            var motion = ConsoleStatus.Motion()
            motion.scripts = [
                .init(name: "shy", file: "Scripts/shy.lua", state: "failed", error: "shy.lua:3: no", traceback: "a\nb")
            ]
            stand.console.report(motion)
            answer(.success([:]))
        }
        let reply = try JSONDecoder().decode(ConsoleReply.self, from: Data(stand.answer(client).utf8))
        let status = try #require(reply.status)
        #expect(status.robot == "test robot")
        #expect(status.control.ticks == 500)
        #expect(status.emergencyStop == "operator")
        #expect(status.motion?.scripts.first?.error == "shy.lua:3: no")
    }

    @Test func statusIsAnsweredWhileTheMotionTickIsStuck() throws {
        let stand = try ConsoleStand()
        let answer = try stand.ask(#"{"command":"status"}"#)
        let reply = try JSONDecoder().decode(ConsoleReply.self, from: Data(answer.utf8))
        #expect(reply.ok)
        #expect(reply.status?.motion == nil)
    }

    @Test func aStuckMotionTickIsSaidAndFloodsAreTurnedAway() throws {
        let stand = try ConsoleStand()
        let client = try stand.connect()
        for id in 0..<8 { try client.send(#"{"id":\#(id),"command":"intensity","value":0.5}"#) }
        var codes: [String: Int] = [:]
        for _ in 0..<8 {
            let reply = try JSONDecoder().decode(ConsoleReply.self, from: Data(stand.answer(client).utf8))
            codes[reply.error?.code ?? "", default: 0] += 1
        }
        // Four wait, as many as the queue holds, and are told after a second.
        #expect(codes == ["busy": 4, "no_answer": 4])
    }

    @Test func oneClientCannotLeaveChunksWithoutEndBehind() throws {
        let stand = try ConsoleStand()
        let client = try stand.connect()
        var held: [CommandQueue.Answer] = []
        for id in 0..<40 {
            try client.send(#"{"id":\#(id),"command":"eval","source":"wait(1e9)"}"#)
            stand.loop.turn()
            stand.console.commands.drain { _, answer in held.append(answer) }
        }
        #expect(held.count == 32)
        let reply = try JSONDecoder().decode(ConsoleReply.self, from: Data(stand.answer(client).utf8))
        #expect(reply.id == 32)
        #expect(reply.error?.code == "busy")
    }

    @Test func eventsGoToWhoeverAskedForThem() throws {
        let stand = try ConsoleStand()
        let listener = try stand.connect()
        try listener.send(#"{"command":"events"}"#)
        #expect(try stand.answer(listener) == #"{"ok":true}"#)
        stand.console.events.post(ConsoleEvent("said", seconds: 1.25, ["text": "hello"]))
        #expect(try stand.answer(listener) == #"{"event":"said","seconds":1.25,"text":"hello"}"#)
    }

    @Test func whatChangesInTheStatusIsAnEvent() throws {
        let stand = try ConsoleStand()
        let listener = try stand.connect()
        try listener.send(#"{"command":"events"}"#)
        stand.console.controlStatus.put { $0.seconds = 1 }
        _ = try stand.answer(listener)
        stand.console.controlStatus.put { status in
            status.seconds = 2
            status.stopCause = 3
        }
        #expect(try stand.answer(listener) == #"{"cause":"script","event":"emergency_stop","seconds":2}"#)
        stand.console.controlStatus.put { status in
            status.seconds = 3
            status.stopCause = 0
        }
        #expect(try stand.answer(listener) == #"{"event":"cleared","seconds":3}"#)
    }

    @Test func aListenerThatDoesNotReadIsToldHowMuchItMissedOrIsClosed() throws {
        let stand = try ConsoleStand()
        let listener = try stand.connect()
        try listener.send(#"{"command":"events"}"#)
        #expect(try stand.answer(listener) == #"{"ok":true}"#)
        let long = Scalar.text(String(repeating: "x", count: 4000))
        for _ in 0..<20 {
            for _ in 0..<50 { stand.console.events.post(ConsoleEvent("long", seconds: 0, ["text": long])) }
            stand.loop.turn()
        }
        var missed = 0.0
        while missed <= 100 {
            stand.loop.turn()
            while let line = try? listener.receive(within: 0.001) {
                let facts = try JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8))
                if facts["event"] == "dropped", case .number(let count)? = facts["count"] { missed += count }
            }
        }
        #expect(missed > 100)
    }

    @Test func aSecondControllerOfTheSameRobotIsRefused() throws {
        let stand = try ConsoleStand()
        let failure = #expect(throws: ConsolePath.Failure.self) {
            _ = try ConsoleServer(Console(robot: "test robot"), at: stand.place)
        }
        let expected = ConsolePath.Failure.alreadyRunning(
            robot: "test robot", process: getpid(), socket: stand.place.folder + "/test%20robot.sock")
        #expect(failure == expected)
        // Another robot beside it is none of its business.
        let other = try ConsoleServer(Console(robot: "other"), at: stand.place)
        #expect(ConsoleClient.running(at: stand.place) == ["other", "test robot"])
        other.close()
    }

    @Test func aSocketThatADeadProcessLeftIsReplaced() throws {
        let stand = try ConsoleStand()
        let path = stand.place.socket(robot: "dead")
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        Glibc.close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(ConsoleClient.running(at: stand.place) == ["test robot"])
        let server = try ConsoleServer(Console(robot: "dead"), at: stand.place)
        #expect(ConsoleClient.running(at: stand.place) == ["dead", "test robot"])
        server.close()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func whatIsNoSocketIsLeftAlone() throws {
        let stand = try ConsoleStand()
        let path = stand.place.socket(robot: "file")
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: ConsolePath.Failure.taken(path)) {
            _ = try ConsoleServer(Console(robot: "file"), at: stand.place)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test func aFolderThatOthersMayWriteToIsRefused() throws {
        let stand = try ConsoleStand()
        chmod(stand.place.folder, 0o777)
        #expect(throws: ConsolePath.Failure.unsafeFolder(stand.place.folder)) {
            _ = try ConsoleServer(Console(robot: "x"), at: stand.place)
        }
    }

    @Test func namesFromFilesStayInTheFolder() {
        let place = ConsolePath(folder: "/run/mien")
        #expect(place.socket(robot: "ohbot-2_a") == "/run/mien/ohbot-2_a.sock")
        #expect(place.socket(robot: "../etc/x y") == "/run/mien/%2E%2E%2Fetc%2Fx%20y.sock")
        #expect(ConsolePath(environment: ["XDG_RUNTIME_DIR": "/run/user/7"]).folder == "/run/user/7/mien")
        #expect(ConsolePath(environment: [:]).folder == "/tmp/mien-\(geteuid())")
    }
}
