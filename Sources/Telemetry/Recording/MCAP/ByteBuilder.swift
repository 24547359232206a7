/// Bytes that grow at their end by what MCAP's records are made of: little-endian numbers, texts, maps.
struct ByteBuilder {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    mutating func put(_ text: String) {
        put(UInt32(text.utf8.count))
        put(text.utf8)
    }

    /// A list or map after its length in bytes.
    mutating func putList(_ write: (inout ByteBuilder) -> Void) {
        let place = count
        put(UInt32(0))
        write(&self)
        patch(UInt32(count - place - 4), at: place)
    }

    /// A record: opcode, length, and what `write` puts.
    mutating func record(_ opcode: MCAP.Opcode, _ write: (inout ByteBuilder) -> Void) {
        put(opcode.rawValue)
        let place = count
        put(UInt64(0))
        write(&self)
        patch(UInt64(count - place - 8), at: place)
    }

    /// A metadata record: a name and pairs of texts.
    mutating func putMetadata(_ name: String, _ pairs: [(String, String)]) {
        record(.metadata) { record in
            record.put(name)
            record.putList { list in
                for (key, value) in pairs {
                    list.put(key)
                    list.put(value)
                }
            }
        }
    }

    private mutating func patch(_ value: some FixedWidthInteger, at place: Int) {
        withUnsafeBytes(of: value.littleEndian) { raw in
            for (index, byte) in raw.enumerated() { bytes[place + index] = byte }
        }
    }
}
