import Actuation

/// Where a family of Feetech servos keeps what Mien writes and reads, and in which order the bytes of its words go
/// (memory tables of STS3215 and SCS0009).
public struct FeetechTable: Equatable, Sendable {
    public let isBigEndian: Bool
    public let torqueEnable: UInt8
    public let goalPosition: UInt8
    /// Position, speed, load (two bytes each), voltage, temperature (one byte each), from here on.
    public let telemetry: UInt8

    /// Where every family keeps the number of its make.
    public static let model: UInt8 = 3

    /// Bytes from present position to temperature.
    public static let telemetrySize: UInt8 = 8

    public static let sts = FeetechTable(isBigEndian: false, torqueEnable: 40, goalPosition: 42, telemetry: 56)
    public static let scs = FeetechTable(isBigEndian: true, torqueEnable: 40, goalPosition: 42, telemetry: 56)

    public static func of(_ model: ServoModel?) -> FeetechTable { model == .scs0009 ? .scs : .sts }

    /// Two bytes of a word in the family's order.
    func bytes(of word: UInt16) -> (UInt8, UInt8) {
        isBigEndian ? (UInt8(word >> 8), UInt8(word & 0xFF)) : (UInt8(word & 0xFF), UInt8(word >> 8))
    }

    /// A word from two bytes in the family's order.
    func word(_ first: UInt8, _ second: UInt8) -> UInt16 {
        isBigEndian ? UInt16(first) << 8 | UInt16(second) : UInt16(second) << 8 | UInt16(first)
    }

    /// A number whose sign is a bit of its own.
    static func signed(_ word: UInt16, signBit: Int) -> Int {
        let magnitude = Int(word & (1 << UInt16(signBit) - 1))
        return word & 1 << UInt16(signBit) == 0 ? magnitude : -magnitude
    }
}
