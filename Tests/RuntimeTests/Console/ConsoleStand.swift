import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

@testable import Runtime

/// A console on a socket of its own, whose thread and clock are the test's.
final class ConsoleStand {
    let console = Console(robot: "test robot", waitingCommands: 4)
    let place: ConsolePath
    let loop: ConsoleLoop
    private let clock = VirtualClock(startingAt: 1_000_000_000)

    init() throws {
        var template = Array("/tmp/mien-console-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        place = ConsolePath(folder: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
        let lock = try place.claim(robot: console.robot)
        loop = ConsoleLoop(
            console, socket: try LineSocket(path: place.socket(robot: console.robot), limits: ConsoleLoop.limits),
            lock: lock, clock: clock)
    }

    deinit { try? FileManager.default.removeItem(atPath: place.folder) }

    func connect() throws -> Peer { try Peer(path: place.socket(robot: console.robot)) }

    /// A client, in a class as the macros of the tests take nothing that cannot be copied.
    final class Peer {
        private var connection: LineConnection
        init(path: String) throws { connection = try LineConnection(path: path) }
        func send(_ line: String) throws { try connection.send(line) }
        func receive(within seconds: Double) throws -> String { try connection.receive(within: seconds) }
    }

    /// Sends a line and gives back the answer's text.
    func ask(_ line: String) throws -> String {
        let client = try connect()
        try client.send(line)
        return try answer(client)
    }

    /// Turns the loop until a line comes; a tenth of a second passes each time that none did.
    func answer(_ client: Peer) throws -> String {
        for _ in 0..<40 {
            loop.turn()
            if let line = try? client.receive(within: 0.01) { return line }
            clock.advance(by: 100_000_000)
        }
        return try client.receive(within: 0.01)
    }
}
