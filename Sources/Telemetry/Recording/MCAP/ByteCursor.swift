/// Reads what MCAP's records are made of from bytes that may be anything; whatever does not fit is refused.
struct ByteCursor {
    /// The bytes end before what should stand there.
    struct Short: Error {}

    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func bytes(_ count: UInt64) throws(Short) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw Short() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(Short) -> Number {
        let bytes = try bytes(UInt64(MemoryLayout<Number>.size))
        return bytes.reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func text() throws(Short) -> String {
        String(decoding: try list().rest, as: UTF8.self)
    }

    /// The content of a list or a map.
    mutating func list() throws(Short) -> ByteCursor {
        let count: UInt32 = try number()
        return ByteCursor(try bytes(UInt64(count)))
    }
}
