import Actuation
import Hardware
import Testing

/// Packets of the e-Manual and of independent framers (protocol facts, section 1.1).
@Suite struct DynamixelVectorTests {
    private static func bytes(_ hexadecimal: String) -> [UInt8] {
        hexadecimal.split(separator: " ").map { UInt8($0, radix: 16) ?? 0 }
    }

    private static func packets(_ bytes: [UInt8]) -> [DynamixelPacket] {
        var framer = PacketFramer(DynamixelFormat())
        var packets: [DynamixelPacket] = []
        for byte in bytes { framer.receive(byte) { if let packet = DynamixelPacket($0) { packets.append(packet) } } }
        return packets
    }

    static let vectors: [(packet: DynamixelPacket, wire: String)] = [
        (.init(id: 1, instruction: .ping), "FF FF FD 00 01 03 00 01 19 4E"),
        (
            .init(id: 1, instruction: .status, parameters: [0, 0x06, 0x04, 0x26]),
            "FF FF FD 00 01 07 00 55 00 06 04 26 65 5D"
        ),
        (.init(id: 1, instruction: .read, parameters: [132, 0, 4, 0]), "FF FF FD 00 01 07 00 02 84 00 04 00 1D 15"),
        (
            .init(id: 1, instruction: .status, parameters: [0, 166, 0, 0, 0]),
            "FF FF FD 00 01 08 00 55 00 A6 00 00 00 8C C0"
        ),
        (
            .init(id: 1, instruction: .write, parameters: [116, 0, 0, 2, 0, 0]),
            "FF FF FD 00 01 09 00 03 74 00 00 02 00 00 CA 89"
        ),
        (
            .init(
                id: 0xFE, instruction: .syncWrite, parameters: [116, 0, 4, 0, 1, 150, 0, 0, 0, 2, 170, 0, 0, 0]),
            "FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87"
        ),
        (
            .init(id: 0xFE, instruction: .syncRead, parameters: [132, 0, 4, 0, 1, 2]),
            "FF FF FD 00 FE 09 00 82 84 00 04 00 01 02 CE FA"
        ),
        (
            .init(id: 0xFE, instruction: .fastSyncRead, parameters: [132, 0, 4, 0, 3, 7, 4]),
            "FF FF FD 00 FE 0A 00 8A 84 00 04 00 03 07 04 20 F2"
        ),
        (.init(id: 1, instruction: .reboot), "FF FF FD 00 01 03 00 08 2F 4E"),
        (
            .init(id: 1, instruction: .clear, parameters: [1, 0x44, 0x58, 0x4C, 0x22]),
            "FF FF FD 00 01 08 00 10 01 44 58 4C 22 B1 DC"
        ),
        (.init(id: 11, instruction: .write, parameters: [64, 0, 1]), "FF FF FD 00 0B 06 00 03 40 00 01 7B 6C"),
        (.init(id: 11, instruction: .write, parameters: [98, 0, 10]), "FF FF FD 00 0B 06 00 03 62 00 0A EA EE"),
        (
            .init(id: 11, instruction: .write, parameters: [112, 0, 0xFF, 0xFF, 0xFD, 0]),
            "FF FF FD 00 0B 0A 00 03 70 00 FF FF FD FD 00 E2 E3"
        ),
    ]

    @Test(arguments: vectors) func packetsHaveThePublishedBytes(_ vector: (packet: DynamixelPacket, wire: String)) {
        #expect(vector.packet.bytes == Self.bytes(vector.wire))
    }

    @Test(arguments: vectors) func publishedBytesAreUnderstood(_ vector: (packet: DynamixelPacket, wire: String)) {
        #expect(Self.packets(Self.bytes(vector.wire)) == [vector.packet])
    }

    /// The e-Manual's example: positions 166, 2079 and 1023 of servos 3, 7 and 4 in one unstuffed packet.
    @Test func theFastSyncReadAnswerIsOnePacket() throws {
        let wire = Self.bytes(
            "FF FF FD 00 FE 19 00 55 00 03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00 D1 9E")
        var framer = PacketFramer(DynamixelFormat())
        var parameters: [[UInt8]] = []
        for byte in wire { framer.receive(byte) { parameters.append(Array($0)) } }
        #expect(parameters == [wire])
        #expect(framer.strayBytes == 0)
    }

    @Test func aFrameIsASyncWriteOfGoalsAndOneOfTorque() throws {
        let scale = ServoModel.xl330m288.scale
        let limits = try #require(
            MotionLimits(lower: -1.5, upper: 1.5, velocity: 5, acceleration: 100, jerk: 5000))
        let actuators = [1, 2].map { id in
            Actuator(
                name: "a\(id)", bus: 0, channel: id, model: .xl330m288, scale: scale, lowestRaw: 0, neutralRaw: 2048,
                highestRaw: 4095, safeRaw: 2048, limits: limits)
        }
        let bus = DynamixelBus(actuators: actuators)
        // 150 and 170 ticks, as in the vector above; 0 rad is tick 2048.
        let positions = [150, 170].map { (Double($0) - 2048) * 2 * .pi / 4096 }
        let bytes = [UInt8](unsafeUninitializedCapacity: bus.frameCapacity) { buffer, count in
            count = bus.encode(
                positions.span, enabled: [true, false].span, into: UnsafeMutableRawBufferPointer(buffer))
        }
        let goals = Self.bytes("FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87")
        #expect(Array(bytes.prefix(goals.count)) == goals)
        #expect(
            Self.packets(Array(bytes.dropFirst(goals.count)))
                == [.init(id: 0xFE, instruction: .syncWrite, parameters: [64, 0, 1, 0, 1, 1, 2, 0])])
    }

    @Test func theFirstPacketAfterGarbageIsFound() {
        let ping = Self.bytes("FF FF FD 00 01 03 00 01 19 4E")
        // A header whose length swallows less than the longest packet, then a true one.
        let garbage = Self.bytes("00 FF FF FD 00 05 09 00 FF FF FF FD")
        #expect(Self.packets(garbage + ping + ping).contains(.init(id: 1, instruction: .ping)))
        #expect(Self.packets([0xFF] + ping).count == 1)
    }
}
