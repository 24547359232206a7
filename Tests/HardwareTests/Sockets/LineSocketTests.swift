import FaceKit
import Foundation
import Glibc
import Testing

@testable import Hardware

/// The socket against clients of every kind; time is given, so that nothing waits.
@Suite struct LineSocketTests {
    private let second: Nanoseconds = 1_000_000_000

    private static func limits() -> LineSocket.Limits {
        var limits = LineSocket.Limits()
        limits.longestLine = 100
        limits.clients = 3
        limits.waitingOutput = 1000
        limits.linesPerPass = 4
        return limits
    }

    /// The socket in a class, as the macros of the tests take nothing that cannot be copied.
    private final class Served {
        var socket: LineSocket
        var path: String { socket.path }
        var connections: Int { socket.interests.count - 1 }
        var hasWaitingLines: Bool { socket.hasWaitingLines }
        init(_ socket: consuming LineSocket) { self.socket = socket }

        func receive(at now: Nanoseconds = 0) -> [(client: LineSocket.Client, message: LineSocket.Message)] {
            socket.receiveLines(at: now)
        }

        /// What came, as texts; a line that is too long as nil.
        func texts(at now: Nanoseconds = 0) -> [String?] {
            receive(at: now).map { if case .line(let line) = $0.message { line } else { nil } }
        }

        func has(_ client: LineSocket.Client) -> Bool { socket.has(client) }
        func user(of client: LineSocket.Client) -> uid_t? { socket.user(of: client) }
    }

    private final class Peer {
        private var connection: LineConnection
        init(_ served: Served) throws { connection = try LineConnection(path: served.path) }
        func send(_ line: String) throws { try connection.send(line) }
        func receive() throws -> String { try connection.receive(within: 1) }
    }

    private func withSocket(_ body: (Served) throws -> Void) throws {
        var template = Array("/tmp/mien-socket-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(Served(try LineSocket(path: folder + "/s", limits: Self.limits())))
    }

    @Test func linesComeWholeAndAnswersGoBack() throws {
        try withSocket { served in
            let client = try Peer(served)
            try client.send("one\ntwo")
            let messages = served.receive()
            #expect(messages.map(\.message) == [.line("one"), .line("two")])
            served.socket.reply("answer", to: try #require(messages.first?.client), at: 0)
            served.socket.flush(at: 0)
            #expect(try client.receive() == "answer")
        }
    }

    @Test func onlyTheOwnerMayOpenIt() throws {
        try withSocket { served in
            var facts = stat()
            #expect(stat(served.path, &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600)
            let client = try Peer(served)
            try client.send("x")
            let message = try #require(served.receive().first)
            #expect(served.user(of: message.client) == geteuid())
        }
    }

    @Test func aLineThatIsTooLongEndsTheConnectionAfterItsAnswer() throws {
        try withSocket { served in
            let client = try Peer(served)
            try client.send("first\n" + String(repeating: "x", count: 101))
            let messages = served.receive()
            #expect(messages.map(\.message) == [.line("first"), .tooLong])
            served.socket.reply("too long", to: messages[1].client, at: 0)
            served.socket.flush(at: 0)
            #expect(try client.receive() == "too long")
            #expect(throws: LineConnection.Failure.closed) { try client.receive() }
        }
    }

    @Test func aLineWithoutEndIsNotHeldBeyondTheLimit() throws {
        try withSocket { served in
            let client = try Peer(served)
            try client.send(String(repeating: "x", count: 60_000))
            #expect(served.texts() == [nil])
            served.socket.flush(at: 0)
            #expect(served.connections == 0)
        }
    }

    @Test func aHalfOpenClientIsClosedAfterThePatience() throws {
        try withSocket { served in
            let descriptor = try Self.connect(served.path)
            defer { close(descriptor) }
            #expect(Glibc.send(descriptor, "half", 4, 0) == 4)
            #expect(served.texts(at: 0).isEmpty)
            _ = served.texts(at: 9 * second)
            #expect(served.connections == 1)
            // Dripping more of the same line does not help.
            #expect(Glibc.send(descriptor, "more", 4, 0) == 4)
            _ = served.texts(at: 11 * second)
            #expect(served.connections == 0)
        }
    }

    @Test func aClientThatDoesNotReadLosesWhatCanBeDroppedAndIsClosedInTheEnd() throws {
        try withSocket { served in
            let client = try Peer(served)
            try client.send("x")
            let number = try #require(served.receive().first?.client)
            let line = String(repeating: "e", count: 500)
            var taken = 0
            // The system's own buffer is some hundred kilobytes.
            for _ in 0..<5000 {
                if served.socket.reply(line, to: number, isDroppable: true, at: 0) { taken += 1 }
                served.socket.flush(at: 0)
            }
            #expect(taken < 4000)
            #expect(served.has(number))
            _ = served.receive(at: 11 * second)
            #expect(!served.has(number))
        }
    }

    @Test func aFullHouseTakesNobodyUntilSomebodyHasBeenSilentForLong() throws {
        try withSocket { served in
            let first = try Peer(served)
            let second = try Peer(served)
            let third = try Peer(served)
            try first.send("1")
            try second.send("2")
            try third.send("3")
            #expect(served.texts(at: 0) == ["1", "2", "3"])
            let fourth = try Peer(served)
            #expect(served.texts(at: self.second).isEmpty)
            #expect(throws: LineConnection.Failure.closed) { try fourth.receive() }
            try second.send("still here")
            #expect(served.texts(at: 15 * self.second) == ["still here"])
            let fifth = try Peer(served)
            try fifth.send("5")
            #expect(served.texts(at: 16 * self.second) == ["5"])
            #expect(served.connections == 3)
        }
    }

    @Test func whoeverHasNeverSaidAnythingMakesRoomForANewcomer() throws {
        try withSocket { served in
            let silent = try (0..<3).map { _ in try Peer(served) }
            #expect(served.texts().isEmpty)
            let newcomer = try Peer(served)
            try newcomer.send("stop")
            #expect(served.texts() == ["stop"])
            #expect(throws: LineConnection.Failure.closed) { try silent[0].receive() }
        }
    }

    @Test func aFloodIsTakenInPortionsSoThatOthersAreHeard() throws {
        try withSocket { served in
            let flood = try Peer(served)
            try flood.send(String(repeating: "f\n", count: 40))
            let quiet = try Peer(served)
            try quiet.send("q")
            let first = served.texts()
            #expect(first.filter { $0 == "f" }.count == 4)
            #expect(first.contains("q"))
            #expect(served.hasWaitingLines)
            var all = first.count
            while served.hasWaitingLines { all += served.texts().count }
            #expect(all == 42)
        }
    }

    @Test func randomBytesOfAnyKindAreLinesOrNothing() throws {
        try withSocket { served in
            let random = CounterRandom(seed: 4, system: .test)
            for round in 0..<200 as Range<UInt32> {
                let descriptor = try Self.connect(served.path)
                let bytes = (0..<300 as Range<UInt32>).map { UInt8(random.bits(frame: round, draw: $0) & 0xFF) }
                _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                close(descriptor)
                _ = served.receive()
                served.socket.flush(at: 0)
            }
            #expect(served.connections == 0)
        }
    }

    @Test func aPathThatIsTooLongIsRefusedWithItsReason() {
        let path = "/tmp/" + String(repeating: "x", count: 120)
        let failure = #expect(throws: LineSocket.Failure.self) { _ = try LineSocket(path: path) }
        #expect(failure?.errno == ENAMETOOLONG)
    }

    private static func connect(_ path: String) throws -> CInt {
        var address = sockaddr_un()
        let length = address.setPath(path)
        let size = try #require(length)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        try #require(connected == 0)
        return descriptor
    }
}
