/// Pololu's cyclic redundancy check of seven bits (Maestro manual, section 5.d).
public enum CRC7 {
    /// The check byte over the bytes; polynomial 0x91 reflected, start 0.
    public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt8 {
        var crc: UInt8 = 0
        for byte in bytes { crc = table[Int(crc ^ byte)] }
        return crc
    }

    public static func checksum(_ bytes: [UInt8]) -> UInt8 {
        bytes.withUnsafeBytes { checksum($0) }
    }

    private static let table: [UInt8] = (0...255).map { value in
        var crc = UInt8(value)
        for _ in 0..<8 {
            if crc & 1 == 1 { crc ^= 0x91 }
            crc >>= 1
        }
        return crc
    }
}
