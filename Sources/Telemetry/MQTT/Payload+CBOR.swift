extension Payload {
    /// The value as CBOR (RFC 8949): whole numbers as integers, others in single precision.
    public var cbor: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        writeCBOR(to: &bytes)
        return bytes
    }

    /// The major types of RFC 8949 §3.1 that are written.
    private enum Major: UInt8 {
        case unsigned = 0
        case negative = 1
        case text = 3
        case list = 4
        case map = 5
    }

    private func writeCBOR(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(0xF6)
        case .boolean(let value): bytes.append(value ? 0xF5 : 0xF4)
        case .integer(let value) where value >= 0: Self.head(.unsigned, UInt64(value), to: &bytes)
        case .integer(let value): Self.head(.negative, UInt64(-1 - value), to: &bytes)
        case .number(let value, _) where !value.isFinite: bytes.append(0xF6)
        // Whole numbers, most of all zero, are shortest as such.
        case .number(let value, let decimals) where Self.whole(value, decimals) != nil:
            Payload.integer(Self.whole(value, decimals) ?? 0).writeCBOR(to: &bytes)
        case .number(let value, _):
            bytes.append(0xFA)
            withUnsafeBytes(of: Float(value).bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text):
            Self.head(.text, UInt64(text.utf8.count), to: &bytes)
            bytes += text.utf8
        case .list(let elements):
            Self.head(.list, UInt64(elements.count), to: &bytes)
            for element in elements { element.writeCBOR(to: &bytes) }
        case .object(let members):
            Self.head(.map, UInt64(members.count), to: &bytes)
            for member in members {
                Payload.text(member.key).writeCBOR(to: &bytes)
                member.value.writeCBOR(to: &bytes)
            }
        }
    }

    /// A number that is whole when it is rounded to so many decimals.
    private static func whole(_ value: Double, _ decimals: Int) -> Int? {
        guard abs(value) < 1e9 else { return nil }
        let nearest = value.rounded()
        var tolerance = 0.5
        for _ in 0..<decimals { tolerance /= 10 }
        return abs(value - nearest) < tolerance ? Int(nearest) : nil
    }

    /// A major type with its argument in the shortest form (RFC 8949 §3 and §4.2.1).
    private static func head(_ major: Major, _ argument: UInt64, to bytes: inout [UInt8]) {
        let first = major.rawValue << 5
        switch argument {
        case 0..<24: bytes.append(first | UInt8(argument))
        case 24..<0x100: bytes += [first | 24, UInt8(argument)]
        case 0x100..<0x1_0000:
            bytes.append(first | 25)
            withUnsafeBytes(of: UInt16(argument).bigEndian) { bytes.append(contentsOf: $0) }
        case 0x1_0000..<0x1_0000_0000:
            bytes.append(first | 26)
            withUnsafeBytes(of: UInt32(argument).bigEndian) { bytes.append(contentsOf: $0) }
        default:
            bytes.append(first | 27)
            withUnsafeBytes(of: argument.bigEndian) { bytes.append(contentsOf: $0) }
        }
    }
}
