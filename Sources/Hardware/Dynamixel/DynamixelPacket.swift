/// A packet of Dynamixel Protocol 2.0, unstuffed.
public struct DynamixelPacket: Equatable, Sendable {
    /// 0 to 252; 254 is everybody.
    public var id: UInt8
    public var instruction: DynamixelInstruction
    /// What follows the instruction; a status packet's begins with its error byte.
    public var parameters: [UInt8]

    public static let broadcast: UInt8 = 0xFE

    public init(id: UInt8, instruction: DynamixelInstruction, parameters: [UInt8] = []) {
        self.id = id
        self.instruction = instruction
        self.parameters = parameters
    }

    /// The bytes on the wire: stuffed, with length and CRC.
    public var bytes: [UInt8] {
        // At worst every third parameter is stuffed.
        let most = DynamixelEncoder.overhead + parameters.count * 4 / 3 + 2
        return [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            var encoder = DynamixelEncoder(buffer: UnsafeMutableRawBufferPointer(buffer))
            encoder.begin(instruction, id: id)
            for parameter in parameters { encoder.parameter(parameter) }
            encoder.end()
            count = encoder.count
        }
    }

    /// Reads a whole packet whose CRC is right; nil when its instruction is unknown.
    ///
    /// - Parameter isStuffed: false for the one status packet that answers a fast sync read.
    public init?(_ bytes: UnsafeBufferPointer<UInt8>, isStuffed: Bool = true) {
        guard bytes.count >= DynamixelEncoder.overhead, let instruction = DynamixelInstruction(rawValue: bytes[7])
        else { return nil }
        id = bytes[4]
        self.instruction = instruction
        let body = bytes[7..<bytes.count - 2]
        parameters = Array((isStuffed ? Self.unstuffed(body) : Array(body)).dropFirst())
    }

    private static func unstuffed(_ body: Slice<UnsafeBufferPointer<UInt8>>) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(body.count)
        var matched = 0
        for byte in body {
            if matched == 3 {
                matched = 0
                if byte == 0xFD { continue }
            }
            plain.append(byte)
            switch (matched, byte) {
            case (2, 0xFD): matched = 3
            case (0, 0xFF), (1, 0xFF): matched += 1
            case (2, 0xFF): break
            default: matched = 0
            }
        }
        return plain
    }
}

/// How Protocol 2.0 packets are found in a stream.
public struct DynamixelFormat: PacketFormat {
    public let longest: Int

    /// - Parameter longest: bytes of the longest packet that may come; a longer length field is garbage.
    public init(longest: Int = 1024) { self.longest = longest }

    public func examine(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketVerdict {
        let header: InlineArray<4, UInt8> = [0xFF, 0xFF, 0xFD, 0x00]
        for index in 0..<min(4, bytes.count) where bytes[index] != header[index] { return .notAPacket }
        guard bytes.count >= 7 else { return .incomplete }
        // An instruction (or status) and two bytes of CRC are the least.
        let length = Int(bytes[5]) | Int(bytes[6]) << 8
        guard length >= 3, 7 + length <= longest, bytes[4] != 0xFD, bytes[4] != 0xFF else { return .notAPacket }
        let count = 7 + length
        guard bytes.count >= count else { return .incomplete }
        let crc = DynamixelCRC.checksum(bytes[..<(count - 2)])
        return UInt16(bytes[count - 2]) | UInt16(bytes[count - 1]) << 8 == crc ? .packet(count: count) : .notAPacket
    }
}
