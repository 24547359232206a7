/// A packet of Feetech's serial servos, the older Dynamixel frame: FF FF, id, length, instruction or error, parameters,
/// and the inverted sum of all after the header.
public struct FeetechPacket: Equatable, Sendable {
    public var id: UInt8
    /// The instruction; in an answer the error bits.
    public var code: UInt8
    public var parameters: [UInt8]

    public static let broadcast: UInt8 = 0xFE

    public enum Instruction: UInt8, Sendable {
        case ping = 0x01
        case read = 0x02
        case write = 0x03
        case registeredWrite = 0x04
        case action = 0x05
        case syncRead = 0x82
        case syncWrite = 0x83
    }

    public init(id: UInt8, code: UInt8, parameters: [UInt8] = []) {
        self.id = id
        self.code = code
        self.parameters = parameters
    }

    public init(id: UInt8, instruction: Instruction, parameters: [UInt8] = []) {
        self.init(id: id, code: instruction.rawValue, parameters: parameters)
    }

    /// The bytes on the wire.
    public var bytes: [UInt8] {
        let body = [id, UInt8(parameters.count + 2), code] + parameters
        return [0xFF, 0xFF] + body + [~body.reduce(0, &+)]
    }

    /// Reads a whole packet whose checksum is right.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        id = bytes[2]
        code = bytes[4]
        parameters = Array(bytes[5..<bytes.count - 1])
    }
}

/// How Feetech packets are found in a stream.
public struct FeetechFormat: PacketFormat {
    public let longest = 258

    public init() {}

    public func examine(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketVerdict {
        for index in 0..<min(2, bytes.count) where bytes[index] != 0xFF { return .notAPacket }
        if bytes.count > 2, bytes[2] == 0xFF { return .notAPacket }
        guard bytes.count >= 4 else { return .incomplete }
        let count = 4 + Int(bytes[3])
        guard bytes[3] >= 2, count <= longest else { return .notAPacket }
        guard bytes.count >= count else { return .incomplete }
        let sum = bytes[2..<count - 1].reduce(0, &+)
        return bytes[count - 1] == ~sum ? .packet(count: count) : .notAPacket
    }
}
