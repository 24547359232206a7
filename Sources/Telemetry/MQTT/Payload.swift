/// A value on its way to a broker: what a topic carries, before it becomes JSON or CBOR. Keys keep their order.
public enum Payload: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    /// A number with so many decimals in JSON and single precision in CBOR; one that is not finite becomes null.
    case number(Double, decimals: Int)
    case text(String)
    case list([Payload])
    case object([Member])

    /// A key of an object and what is there.
    public struct Member: Sendable, Equatable {
        public let key: String
        public let value: Payload

        public init(_ key: String, _ value: Payload) {
            self.key = key
            self.value = value
        }
    }

    /// A number with four decimals, which is finer than any servo.
    public static func number(_ value: Double) -> Payload { .number(value, decimals: 4) }
    public static func single(_ value: Float, decimals: Int = 4) -> Payload {
        .number(Double(value), decimals: decimals)
    }

    /// What is at a key of an object, nil where it has none.
    public subscript(key: String) -> Payload? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.key == key }?.value
    }

    /// The keys of an object, in order.
    public var keys: [String] {
        guard case .object(let members) = self else { return [] }
        return members.map(\.key)
    }
}

extension Payload: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral
{
    public init(dictionaryLiteral members: (String, Payload)...) { self = .object(members.map { Member($0, $1) }) }
    public init(arrayLiteral elements: Payload...) { self = .list(elements) }
    public init(stringLiteral value: String) { self = .text(value) }
    public init(booleanLiteral value: Bool) { self = .boolean(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
}
