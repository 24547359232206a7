/// The CRC-16 of Dynamixel Protocol 2.0: polynomial 0x8005, initially 0, most significant bit first, not inverted
/// (e-Manual, "CRC calculation").
public enum DynamixelCRC {
    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 != 0 ? crc << 1 ^ 0x8005 : crc << 1 }
    }

    /// The checksum after one more byte.
    @inline(__always)
    static func extend(_ crc: UInt16, _ byte: UInt8) -> UInt16 {
        crc << 8 ^ table[Int(UInt8(crc >> 8) ^ byte)]
    }

    /// The checksum of bytes from the header's first to the last parameter.
    public static func checksum(_ bytes: some Sequence<UInt8>) -> UInt16 { bytes.reduce(0, extend) }
}
