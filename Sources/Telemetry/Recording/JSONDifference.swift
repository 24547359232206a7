/// Where two JSON objects of plain fields and objects of them differ first: by the digits, not by the numbers.
public struct JSONDifference: Equatable, Sendable {
    /// The keys that lead there, with dots between.
    public let path: String
    /// What stands there in each.
    public let first, second: String

    /// Finds the first difference of two texts that are not equal.
    public init(_ first: [UInt8], _ second: [UInt8]) {
        let place = zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let start = Self.start(first, before: place ?? min(first.count, second.count))
        path = start.path
        self.first = Self.value(first, from: start.place)
        self.second = Self.value(second, from: start.place)
    }

    /// The value or the key that a place lies in: where it begins, and the keys around it.
    private static func start(_ text: [UInt8], before end: Int) -> (place: Int, path: String) {
        var keys: [String] = []
        var string: [UInt8]?
        var last = ""
        var token = 0
        for place in 0..<min(end, text.count) {
            let byte = text[place]
            if string != nil {
                if byte == UInt8(ascii: "\""), place == 0 || text[place - 1] != UInt8(ascii: "\\") {
                    last = String(decoding: string ?? [], as: UTF8.self)
                    string = nil
                } else {
                    string?.append(byte)
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): string = []
            case UInt8(ascii: ":"):
                if !keys.isEmpty { keys[keys.count - 1] = last }
                token = place + 1
            case UInt8(ascii: "{"):
                keys.append("")
                token = place + 1
            case UInt8(ascii: "}"): _ = keys.popLast()
            case UInt8(ascii: ","):
                if !keys.isEmpty { keys[keys.count - 1] = "" }
                token = place + 1
            default: break
            }
        }
        return (token, keys.filter { !$0.isEmpty }.joined(separator: "."))
    }

    private static func value(_ text: [UInt8], from start: Int) -> String {
        let rest = text.dropFirst(start).prefix { ![UInt8(ascii: ","), UInt8(ascii: "}")].contains($0) }.prefix(60)
        return rest.isEmpty ? "nothing" : String(decoding: rest, as: UTF8.self)
    }
}
