/// A writer of Protocol 2.0 packets into a buffer that it does not own; allocates nothing.
///
/// Stuffing is done on the way: after any FF FF FD between the instruction and the last parameter an FD is inserted,
/// the length counts it, and the CRC covers it (e-Manual, "Packet process").
struct DynamixelEncoder {
    /// Bytes around the parameters: header, reserved, id, length, instruction, CRC.
    static let overhead = 10

    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    /// How much of FF FF FD was just written.
    private var matched = 0
    /// Bytes written so far.
    private(set) var count = 0

    init(buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    mutating func begin(_ instruction: DynamixelInstruction, id: UInt8) {
        start = count
        matched = 0
        let header: InlineArray<7, UInt8> = [0xFF, 0xFF, 0xFD, 0x00, id, 0, 0]
        for index in header.indices { put(header[index]) }
        parameter(instruction.rawValue)
    }

    mutating func parameter(_ byte: UInt8) {
        put(byte)
        switch (matched, byte) {
        case (0, 0xFF), (1, 0xFF): matched += 1
        case (2, 0xFF): break
        case (2, 0xFD):
            put(0xFD)
            matched = 0
        default: matched = 0
        }
    }

    /// Appends a number of 1, 2 or 4 bytes, low byte first.
    mutating func parameter(_ value: Int32, size: Int) {
        for index in 0..<size { parameter(UInt8(truncatingIfNeeded: value >> Int32(8 * index))) }
    }

    mutating func end() {
        let length = UInt16(count - start - 7 + 2)
        buffer[start + 5] = UInt8(length & 0xFF)
        buffer[start + 6] = UInt8(length >> 8)
        var crc: UInt16 = 0
        for index in start..<count { crc = DynamixelCRC.extend(crc, buffer[index]) }
        put(UInt8(crc & 0xFF))
        put(UInt8(crc >> 8))
    }

    private mutating func put(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }
}
