import FaceKit
import Foundation
import Hardware
import Testing

/// Every framer on random bytes: ten million each with `MIEN_SOAK=1`, a hundredth of that otherwise.
@Suite struct FramerFuzzSoakTests {
    private static let byteCount =
        ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 10_000_000 : 100_000

    /// Bytes among which headers are frequent, and after each stretch of them a true packet that must be found among
    /// what comes before the next packet of the longest length.
    private func fuzz<Format: PacketFormat>(_ format: Format, packet: [UInt8], header: [UInt8], seed: UInt64) {
        var framer = PacketFramer(format)
        let random = CounterRandom(seed: seed, system: .test)
        var found = 0
        var fed = 0
        var round: UInt32 = 0
        while fed < Self.byteCount {
            round += 1
            for index in 0..<UInt32(40) {
                let draw = random.uniform(frame: round, draw: index)
                let byte = draw < 0.3 ? header[Int(index) % header.count] : UInt8(clamping: Int(draw * 256))
                framer.receive(byte) { _ in }
                fed += 1
            }
            // Silence long enough to end any packet that garbage began.
            for _ in 0..<format.longest { framer.receive(0) { _ in } }
            var matches = 0
            for byte in packet { framer.receive(byte) { if Array($0) == packet { matches += 1 } } }
            found += matches
            fed += format.longest + packet.count
        }
        #expect(found == Int(round), "a true packet after garbage is found each time")
    }

    @Test func dynamixelPacketsAreFoundAmongAnyBytes() {
        fuzz(
            DynamixelFormat(longest: 128), packet: DynamixelPacket(id: 1, instruction: .ping).bytes,
            header: [0xFF, 0xFF, 0xFD, 0x00], seed: 1)
    }

    @Test func feetechPacketsAreFoundAmongAnyBytes() {
        fuzz(
            FeetechFormat(), packet: FeetechPacket(id: 1, instruction: .ping).bytes, header: [0xFF, 0xFF, 1, 4],
            seed: 2)
    }

    @Test func textAndFirmataDecodersTakeAnyBytes() {
        let random = CounterRandom(seed: 3, system: .test)
        var ohbot = OhbotReplyDecoder()
        var firmata = FirmataReplyDecoder()
        for index in 0..<UInt32(Self.byteCount) {
            let byte = UInt8(clamping: Int(random.uniform(frame: index, draw: 0) * 256))
            ohbot.receive(byte) { _ in }
            firmata.receive(byte) { _ in }
        }
        var versions: [BusReply] = []
        for byte in Array("\nv2.1\n".utf8) { ohbot.receive(byte) { versions.append($0) } }
        for byte in [0xF9, 2, 8] as [UInt8] { firmata.receive(byte) { versions.append($0) } }
        #expect(versions == [.identified(version: "v2.1"), .identified(version: "Firmata 2.8")])
    }
}
