/// Where two JSON objects of plain fields and objects of them differ first: by the digits, not by the numbers.
public struct JSONDifference: Equatable, Sendable {
    /// The keys that lead there, with dots between.
    public let path: String
    /// What stands there in each.
    public let first, second: String

    /// Finds the first difference of two texts that are not equal.
    public init(_ first: [UInt8], _ second: [UInt8]) {
        let (a, b) = (Self.fields(first), Self.fields(second))
        let place = (0..<max(a.count, b.count)).first { $0 >= a.count || $0 >= b.count || a[$0] != b[$0] } ?? 0
        let (one, other) = (a.indices.contains(place) ? a[place] : nil, b.indices.contains(place) ? b[place] : nil)
        if let one, !b.contains(where: { $0.path == one.path }) {
            (path, self.first, self.second) = (one.path, one.value, "nothing")
        } else if let other, one?.path != other.path {
            (path, self.first, self.second) = (other.path, "nothing", other.value)
        } else {
            (path, self.first, self.second) = (one?.path ?? "", one?.value ?? "nothing", other?.value ?? "nothing")
        }
    }

    private struct Field: Equatable {
        var path: String
        var value: String
    }

    /// The plain values of an object in their order; a list counts as one.
    private static func fields(_ text: [UInt8]) -> [Field] {
        var fields: [Field] = []
        var keys: [String] = []
        var token: [UInt8] = []
        var isText = false
        var isEscaped = false
        var listDepth = 0
        func finish() {
            if !token.isEmpty, !keys.isEmpty {
                let path = keys.filter { !$0.isEmpty }.joined(separator: ".")
                fields.append(Field(path: path, value: String(decoding: token.prefix(60), as: UTF8.self)))
            }
            token = []
        }
        for byte in text {
            if isText || listDepth > 0 {
                token.append(byte)
                if isText {
                    if byte == UInt8(ascii: "\""), !isEscaped { isText = false }
                    isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
                    continue
                }
            }
            switch byte {
            case UInt8(ascii: "\""):
                if listDepth == 0 { token.append(byte) }
                isText = true
            case UInt8(ascii: "["):
                if listDepth == 0 { token.append(byte) }
                listDepth += 1
            case UInt8(ascii: "]"): listDepth -= 1
            case _ where listDepth > 0: break
            case UInt8(ascii: ":"):
                if !keys.isEmpty {
                    keys[keys.count - 1] = String(decoding: token.dropFirst().dropLast(), as: UTF8.self)
                }
                token = []
            case UInt8(ascii: "{"): keys.append("")
            case UInt8(ascii: "}"):
                finish()
                _ = keys.popLast()
            case UInt8(ascii: ","): finish()
            default: token.append(byte)
            }
        }
        finish()
        return fields
    }
}
