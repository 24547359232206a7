import Foundation
import Glibc
import Testing

@testable import Runtime

@Suite struct PrivateBrokerTests {
    @Test func theExampleOfAnAccessListIsTheOneInUse() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Documentation/mosquitto-acl.conf")
        if ProcessInfo.processInfo.environment["MIEN_WRITE_DOCUMENTATION"] == "1" {
            try BrokerConfiguration.accessList.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == BrokerConfiguration.accessList)
    }

    @Test func itListensOnLoopbackAloneAndIsGoneAtTheEnd() throws {
        let broker = try PrivateBroker()
        #expect(broker.isRunning)
        let text = try String(contentsOfFile: broker.folder + "/mosquitto.conf", encoding: .utf8)
        #expect(text.contains("listener \(broker.port) 127.0.0.1\n"))
        #expect(text.contains("listener \(broker.websockets) 127.0.0.1\nprotocol websockets\n"))
        #expect(text.contains("allow_anonymous false"))
        for port in [broker.port, broker.websockets] {
            #expect(try Self.listeners(port: port) == ["0100007F"], "127.0.0.1 as the kernel writes it")
        }
        broker.close()
        #expect(!broker.isRunning)
        #expect(access(broker.folder, F_OK) != 0)
    }

    /// The addresses at which somebody listens on a port, IPv4 and IPv6, as `/proc/net` has them.
    private static func listeners(port: Int) throws -> [String] {
        let hexadecimal = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
        return try ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { file in
            try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { line -> String? in
                let words = line.split(separator: " ")
                // 0A is the state of listening.
                guard words.count > 3, words[1].hasSuffix(ending), words[3] == "0A" else { return nil }
                return String(words[1].dropLast(5))
            }
        }
    }

    @Test func whatAKilledProgramLeftIsRemovedAndWhatIsInUseIsNot() throws {
        let parent = NSTemporaryDirectory() + "mien-folders-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let used = try BrokerFolder(in: parent)
        var abandoned: BrokerFolder? = try BrokerFolder(in: parent)
        let left = try #require(abandoned?.path)
        // The kernel lets go of a dead owner's lock, as this does.
        abandoned = nil
        let others = ["mien-broker-other", "something"].map { "\(parent)/\($0)" }
        for other in others {
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        }
        try Data().write(to: URL(fileURLWithPath: others[1] + "/lock"))
        BrokerFolder.removeAbandoned(in: parent)
        #expect(access(left, F_OK) != 0)
        for there in [used.path] + others { #expect(access(there, F_OK) == 0, "\(there)") }
    }

    @Test func passwordsAreLongDifferentAndStoredAsHashes() throws {
        let broker = try PrivateBroker()
        defer { broker.close() }
        #expect(Set(broker.passwords.values).count == 3)
        #expect(broker.passwords.values.allSatisfy { $0.count == 24 })
        let stored = try String(contentsOfFile: broker.folder + "/passwords", encoding: .utf8)
        for password in broker.passwords.values { #expect(!stored.contains(password)) }
    }

    @Test func aTakenPortIsSaid() throws {
        let broker = try PrivateBroker()
        defer { broker.close() }
        #expect(throws: PrivateBroker.Failure.portTaken(broker.port)) { try PrivateBroker(port: broker.port) }
    }
}
