import FaceKit
import Foundation
import Glibc
import Hardware
import Synchronization
import Testing

@testable import Runtime
@testable import Telemetry

/// What brokers do to robots.
@Suite(.serialized) struct BrokerFaultTests {
    @Test func aBrokerThatComesLateIsJoined() throws {
        let broker = try TestBroker()
        broker.kill()
        let stand = try BridgeStand(broker.address)
        #expect(stand.until { stand.changes.count == 1 })
        guard case .unreachable? = stand.changes.first ?? nil else {
            Issue.record("expected unreachable, found \(stand.changes)")
            return
        }
        try broker.start()
        #expect(stand.until { stand.loop.isConnected })
    }

    @Test func aWrongPasswordIsSaidAndARightOneTaken() throws {
        let broker = try PrivateBroker()
        defer { broker.close() }
        let address = try BrokerAddress("mqtt://127.0.0.1:\(broker.port)")
        for (user, isRight) in [("viewer", false), ("robot", true)] {
            let security = try BrokerSecurity(
                user: "robot", passwordFile: broker.passwordFile(of: user), authorities: nil, certificate: nil,
                key: nil,
                environment: [:])
            let stand = try BridgeStand(address, security: security)
            #expect(stand.until { !stand.changes.isEmpty })
            if isRight {
                #expect(stand.changes == [nil])
            } else {
                guard case .refused? = stand.changes.first ?? nil else {
                    Issue.record("expected refused, found \(stand.changes)")
                    return
                }
            }
        }
    }

    @Test func theAccessListKeepsAViewerFromSteering() throws {
        let broker = try PrivateBroker()
        defer { broker.close() }
        let address = try BrokerAddress("mqtt://127.0.0.1:\(broker.port)")
        func security(_ user: String) throws -> BrokerSecurity {
            try BrokerSecurity(
                user: user, passwordFile: broker.passwordFile(of: user), authorities: nil, certificate: nil, key: nil,
                environment: [:])
        }
        let stand = try BridgeStand(address, security: security("robot"), authority: .operator)
        #expect(stand.until { stand.loop.isConnected && stand.loop.isQuiet })
        for (user, mayClear) in [("viewer", false), ("operator", true)] {
            let watcher = Watcher(address, security: try security(user), name: user)
            watcher.open()
            #expect(stand.until(watcher) { watcher.isConnected })
            watcher.publish("mien/stand/command/clear", "{}")
            watcher.publish("mien/stand/command/emergency_stop", "{}")
            #expect(stand.until(watcher) { watcher.last("mien/stand/command/emergency_stop/result") != nil })
            #expect((watcher.last("mien/stand/command/clear/result") != nil) == mayClear)
        }
    }

    @Test func anOldBrokerIsSpokenToInThreeOneOne() throws {
        let old = try OldBroker()
        let stand = try BridgeStand(BrokerAddress("mqtt://127.0.0.1:\(old.port)"))
        #expect(stand.until { stand.loop.isConnected })
        #expect(old.levels.prefix(2) == [5, 4])
    }

    @Test func realMosquittoIsSpokenToInBothVersions() throws {
        let broker = try TestBroker()
        for version in [BrokerProtocol.five, .three] {
            let watcher = Watcher(try broker.address)
            watcher.open(version)
            let deadline = SystemClock().now() + 30_000_000_000
            while !watcher.isConnected, SystemClock().now() < deadline { watcher.turn() }
            watcher.publish("x", "y", retained: true)
            while watcher.last("x") == nil, SystemClock().now() < deadline { watcher.turn() }
            #expect(watcher.last("x") == "y")
        }
    }
}

/// A broker of 2014: it takes MQTT 3.1.1 and refuses 5 with the code of its time.
private final class OldBroker {
    let port: Int
    private let listener: CInt
    private let seen = Levels()

    private final class Levels: Sendable {
        let values = Mutex<[UInt8]>([])
    }

    var levels: [UInt8] { seen.values.withLock { $0 } }

    init() throws {
        listener = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = listener
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 8) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        try #require(isListening)
        port = Int(UInt16(bigEndian: address.sin_port))
        let seen = seen
        let thread = Thread {
            while true {
                let client = accept(socket, nil, nil)
                guard client >= 0 else { return }
                Thread.detachNewThread { Self.serve(client, seen) }
            }
        }
        thread.start()
    }

    deinit {
        shutdown(listener, CInt(SHUT_RDWR))
        close(listener)
    }

    private static func serve(_ client: CInt, _ seen: Levels) {
        defer { close(client) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        // CONNECT: type, length, 0x00 0x04 "MQTT", level.
        let count = read(client, &bytes, bytes.count)
        guard count > 9, bytes[0] == 0x10 else { return }
        let level = bytes[bytes.firstIndex(of: UInt8(ascii: "T")).map { $0 + 2 } ?? 8]
        seen.values.withLock { $0.append(level) }
        let answer: [UInt8] = [0x20, 2, 0, level == 4 ? 0 : 1]
        _ = write(client, answer, answer.count)
        guard level == 4 else { return }
        while read(client, &bytes, bytes.count) > 0 {}
    }
}
