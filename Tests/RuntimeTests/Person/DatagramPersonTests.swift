import FaceKit
import Foundation
import Testing

@testable import Runtime

/// A person's face by UDP on loopback.
@Suite struct DatagramPersonTests {
    private func send(_ texts: [String], to port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        for text in texts {
            let bytes = Array(text.utf8)
            _ = withUnsafePointer(to: &address) { place in
                place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// Waits until something holds, ten seconds at most.
    private func wait(_ condition: () -> Bool) -> Bool {
        for _ in 0..<1_000 where !condition() { usleep(10_000) }
        return condition()
    }

    @Test func aFaceReachesBothTicks() throws {
        let receiver = try DatagramPerson("udp://0")
        defer { receiver.stop() }
        var source = receiver.inbox.makeSource()
        #expect(source.frame(at: 0) == nil)
        send([#"{"coefficients": {"mouthSmileLeft": 0.75}, "head_yaw_rad": 0.1}"#], to: receiver.port)
        #expect(wait { receiver.counts.taken == 1 })
        let direct = try #require(receiver.inbox.reflexes.take())
        #expect(direct.face[.mouthSmileLeft] == 0.75 && direct.face.head.yaw == 0.1)
        #expect(direct.sensed == [SensedChannels(.mouthSmileLeft), .headYaw])
        #expect(source.frame(at: 1)?.face[.mouthSmileLeft] == 0.75)
    }

    @Test func malformedDatagramsAreDroppedAndCounted() throws {
        let receiver = try DatagramPerson("udp://127.0.0.1:0")
        defer { receiver.stop() }
        let bad = [
            "", "{", "[]", #"{"coefficients": {"mouthSmyle": 1}}"#, #"{"coefficients": {"jawOpen": 7}}"#,
            #"{"head_yaw_rad": 1e9}"#, String(repeating: "x", count: 20_000), #"{"head_yaw_rad": "left"}"#,
        ]
        send(bad, to: receiver.port)
        send([#"{"head_yaw_rad": 0.2}"#], to: receiver.port)
        // An empty datagram is none.
        #expect(wait { receiver.counts.taken == 1 && receiver.counts.dropped == bad.count - 1 })
    }

    @Test func addressesThatMakeNoSenseAreRefused() {
        for url in ["udp://", "udp://x", "udp://1.2.3:5", "udp://127.0.0.1:70000", "tcp://5", "udp://a:1:2"] {
            #expect(throws: DatagramPerson.Problem.badAddress(url)) { try DatagramPerson.address(url) }
        }
        #expect(throws: Never.self) { try DatagramPerson.address("udp://11111") }
    }

    @Test func aPortThatIsTakenIsSaid() throws {
        let first = try DatagramPerson("udp://0")
        defer { first.stop() }
        #expect(throws: DatagramPerson.Problem.self) { try DatagramPerson("udp://\(first.port)") }
    }
}
