/// One JSON object, built in place: numbers in as many digits as read back the same, what is not finite as null.
///
/// The same values always give the same bytes, so that two recordings can be compared byte by byte.
public struct JSONRow: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() { bytes.reserveCapacity(4096) }

    /// Begins the object anew.
    public mutating func begin() {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    public mutating func end() { bytes.append(UInt8(ascii: "}")) }

    public mutating func put(_ key: StaticString, _ value: Int) {
        putKey(key)
        append(value.description)
    }
    public mutating func put(_ key: StaticString, _ value: Int64) {
        putKey(key)
        append(value.description)
    }
    public mutating func put(_ key: StaticString, _ value: Bool) {
        putKey(key)
        append(value ? "true" : "false")
    }
    public mutating func put(_ key: StaticString, _ value: Double) {
        putKey(key)
        append(value)
    }
    public mutating func put(_ key: StaticString, _ value: Float) {
        putKey(key)
        append(value)
    }

    public mutating func put(_ key: StaticString, _ text: String) {
        putKey(key)
        append(JSONKey.quoted(text))
    }

    /// A list of texts.
    public mutating func put(_ key: StaticString, _ texts: some Sequence<String>) {
        putKey(key)
        append("[" + texts.map { String(decoding: JSONKey.quoted($0), as: UTF8.self) }.joined(separator: ",") + "]")
    }

    /// An object inside this one.
    public mutating func put(_ key: StaticString, _ fill: (inout JSONRow) -> Void) {
        putKey(key)
        put(fill)
    }

    public mutating func put(_ key: JSONKey, _ fill: (inout JSONRow) -> Void) {
        separate()
        bytes.append(contentsOf: key.bytes)
        put(fill)
    }

    private mutating func put(_ fill: (inout JSONRow) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
        fill(&self)
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    public mutating func put(_ key: JSONKey, _ value: some BinaryFloatingPoint & CustomStringConvertible) {
        separate()
        bytes.append(contentsOf: key.bytes)
        append(value)
    }

    /// A value that is JSON already.
    public mutating func put(_ key: JSONKey, json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: key.bytes)
        bytes.append(contentsOf: json)
    }

    private mutating func putKey(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        key.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
        append(value.isFinite ? value.description : "null")
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    private mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }
}

/// The key of a JSON object as it stands before its value, quoted and escaped once.
public struct JSONKey: Sendable {
    let bytes: [UInt8]

    public init(_ name: String) { bytes = Self.quoted(name) + [UInt8(ascii: ":")] }

    /// A text in quotes, escaped.
    public static func quoted(_ text: String) -> [UInt8] {
        var result = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = Array("0123456789abcdef".utf8)
                result += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: result.append(byte)
            }
        }
        return result + [UInt8(ascii: "\"")]
    }
}
