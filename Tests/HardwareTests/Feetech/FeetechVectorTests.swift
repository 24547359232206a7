import Actuation
import Hardware
import Testing

/// Packets reproduced with independent drivers (protocol facts, section 1.3).
@Suite struct FeetechVectorTests {
    static let vectors: [(packet: FeetechPacket, wire: [UInt8])] = [
        (.init(id: 1, instruction: .ping), [0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB]),
        (.init(id: 1, instruction: .read, parameters: [56, 2]), [0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE]),
        (
            .init(id: 1, instruction: .write, parameters: [42, 0x00, 0x04]),
            [0xFF, 0xFF, 0x01, 0x05, 0x03, 0x2A, 0x00, 0x04, 0xC8]
        ),
        (
            .init(
                id: 0xFE, instruction: .syncWrite,
                parameters: [41, 7, 1, 50, 0, 4, 0, 0, 0xE8, 3, 2, 50, 0, 4, 0, 0, 0xE8, 3]),
            [
                0xFF, 0xFF, 0xFE, 0x14, 0x83, 0x29, 0x07, 0x01, 0x32, 0x00, 0x04, 0x00, 0x00, 0xE8, 0x03, 0x02, 0x32,
                0x00, 0x04, 0x00, 0x00, 0xE8, 0x03, 0xF5,
            ]
        ),
        (
            .init(id: 0xFE, instruction: .syncRead, parameters: [56, 2, 1, 2]),
            [0xFF, 0xFF, 0xFE, 0x06, 0x82, 0x38, 0x02, 0x01, 0x02, 0x3C]
        ),
    ]

    @Test(arguments: vectors) func packetsHaveThePublishedBytes(_ vector: (packet: FeetechPacket, wire: [UInt8])) {
        #expect(vector.packet.bytes == vector.wire)
    }

    private func frame(_ model: ServoModel, _ raw: Double) throws -> [UInt8] {
        let scale = model.scale
        let limits = try #require(MotionLimits(lower: -2, upper: 2, velocity: 5, acceleration: 100, jerk: 5000))
        let bus = FeetechBus(actuators: [
            Actuator(
                name: "a", bus: 0, channel: 1, model: model, scale: scale, lowestRaw: 0, neutralRaw: scale.centre,
                highestRaw: 1000, safeRaw: scale.centre, limits: limits)
        ])
        let position = [scale.radians(ofRaw: raw)]
        return [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(position.span, enabled: [true].span, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// 0x0203 = 515: an STS takes the low byte first, an SCS the high one.
    @Test func wordsGoInTheFamilysOrder() throws {
        #expect(try frame(.sts3215, 515)[7...9] == [1, 0x03, 0x02])
        #expect(try frame(.scs0009, 515)[7...9] == [1, 0x02, 0x03])
    }

    @Test func aWrongChecksumIsNoPacketAndTheNextOneIsFound() {
        var framer = PacketFramer(FeetechFormat())
        var count = 0
        let ping: [UInt8] = [0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB]
        for byte in [0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFA] + ping { framer.receive(byte) { _ in count += 1 } }
        #expect(count == 1)
    }
}
