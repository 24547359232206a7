extension Payload {
    /// Reads one value of CBOR (RFC 8949) that fills the bytes: numbers, texts, booleans, null, lists and objects with
    /// texts as keys, of known length. Nil for anything else, for more than 16 levels, and for what is cut off.
    public init?(cbor bytes: [UInt8]) {
        var reader = CBORReader(rest: bytes[...])
        guard let value = reader.value(depth: 0), reader.rest.isEmpty else { return nil }
        self = value
    }
}

/// The bytes of a CBOR value that are not read yet.
private struct CBORReader {
    var rest: ArraySlice<UInt8>
    private static let deepest = 16
    /// Decimals that a number keeps in JSON; a face needs four.
    private static let decimals = 9

    mutating func value(depth: Int) -> Payload? {
        guard depth <= Self.deepest, let first = rest.popFirst() else { return nil }
        let information = first & 0x1F
        switch first >> 5 {
        case 0: return argument(information).flatMap { Int(exactly: $0) }.map { .integer($0) }
        case 1: return argument(information).flatMap { Int(exactly: $0) }.map { .integer(-1 - $0) }
        case 3: return text(information).map { .text($0) }
        case 4: return list(information, depth)
        case 5: return object(information, depth)
        case 7: return simple(information)
        default: return nil
        }
    }

    /// The argument behind a first byte (RFC 8949 §3); lengths that are not known beforehand are not taken.
    private mutating func argument(_ information: UInt8) -> UInt64? {
        switch information {
        case 0..<24: UInt64(information)
        case 24...27: whole(bytes: 1 << (information - 24))
        default: nil
        }
    }

    private mutating func whole(bytes count: Int) -> UInt64? {
        guard rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A length that the bytes which are there can hold, `each` of them an element at least.
    private mutating func length(_ information: UInt8, each: Int) -> Int? {
        guard let length = argument(information), length <= UInt64(rest.count / each) else { return nil }
        return Int(length)
    }

    private mutating func text(_ information: UInt8) -> String? {
        guard let length = length(information, each: 1) else { return nil }
        defer { rest = rest.dropFirst(length) }
        return String(validating: rest.prefix(length), as: UTF8.self)
    }

    private mutating func list(_ information: UInt8, _ depth: Int) -> Payload? {
        guard let length = length(information, each: 1) else { return nil }
        var elements: [Payload] = []
        for _ in 0..<length {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        }
        return .list(elements)
    }

    private mutating func object(_ information: UInt8, _ depth: Int) -> Payload? {
        guard let length = length(information, each: 2) else { return nil }
        var members: [Payload.Member] = []
        for _ in 0..<length {
            guard case .text(let key)? = value(depth: depth + 1), let value = value(depth: depth + 1) else {
                return nil
            }
            members.append(Payload.Member(key, value))
        }
        return .object(members)
    }

    private mutating func simple(_ information: UInt8) -> Payload? {
        switch information {
        case 20: .boolean(false)
        case 21: .boolean(true)
        case 22: .null
        case 25: whole(bytes: 2).map { number(Double(Self.half(UInt16($0)))) }
        case 26: whole(bytes: 4).map { number(Double(Float(bitPattern: UInt32($0)))) }
        case 27: whole(bytes: 8).map { number(Double(bitPattern: $0)) }
        default: nil
        }
    }

    private func number(_ value: Double) -> Payload { .number(value, decimals: Self.decimals) }

    /// A number in half precision (RFC 8949, appendix D), which not every processor's Swift has a type for.
    private static func half(_ bits: UInt16) -> Float {
        let fraction = Float(bits & 0x3FF)
        let size: Float =
            switch bits >> 10 & 0x1F {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            case let exponent:
                (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: Int(exponent) - 15, significand: 1)
            }
        return bits >> 15 == 0 ? size : -size
    }
}
