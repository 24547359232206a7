import Glibc

/// The tokens of a Lua 5.4 source, byte by byte as `llex.c` reads them.
///
/// It reads any bytes: what is not Lua is an error with its offset. It holds no more than the source and one token.
struct LuaLexer {
    let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func at(_ ahead: Int = 0) -> UInt8? {
        let index = position + ahead
        return index < bytes.count ? bytes[index] : nil
    }

    private func problem(_ fault: LuaProblem.Fault, at offset: Int) -> LuaProblem {
        LuaProblem(offset: min(offset, bytes.count), fault: fault)
    }

    /// Reads the next token; at the end of the source it is `.end` again and again.
    mutating func next() throws(LuaProblem) -> LuaToken {
        try skipBlanks()
        let start = position
        return LuaToken(kind: try kind(), start: start, end: position)
    }

    private mutating func skipBlanks() throws(LuaProblem) {
        while let byte = at() {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                position += 1
            } else if byte == UInt8(ascii: "-"), at(1) == UInt8(ascii: "-") {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(LuaProblem) {
        let start = position
        position += 2
        if at() == UInt8(ascii: "["), let level = longBracket() {
            _ = try longString(level: level, from: start)
            return
        }
        while let byte = at(), byte != 0x0A, byte != 0x0D { position += 1 }
    }

    /// The number of equals signs of a long bracket that opens here; nil when none does.
    private func longBracket() -> Int? {
        var level = 0
        while at(1 + level) == UInt8(ascii: "=") { level += 1 }
        return at(1 + level) == UInt8(ascii: "[") ? level : nil
    }

    private mutating func kind() throws(LuaProblem) -> LuaToken.Kind {
        guard let byte = at() else { return .end }
        switch byte {
        case _ where byte.isLuaLetter: return word()
        case _ where byte.isLuaDigit: return try number()
        case UInt8(ascii: "."):
            if let digit = at(1), digit.isLuaDigit { return try number() }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try shortString())
        case UInt8(ascii: "["):
            if let level = longBracket() { return .string(try longString(level: level, from: position)) }
            if at(1) == UInt8(ascii: "=") { throw problem(.longStringDelimiter, at: position) }
        default: break
        }
        return .symbol(try symbol(byte))
    }

    private mutating func word() -> LuaToken.Kind {
        let start = position
        while let byte = at(), byte.isLuaLetter || byte.isLuaDigit { position += 1 }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        return LuaToken.Keyword(rawValue: text).map { .keyword($0) } ?? .name(text)
    }

    private mutating func symbol(_ byte: UInt8) throws(LuaProblem) -> LuaToken.Symbol {
        for length in [3, 2, 1] where position + length <= bytes.count {
            let text = String(decoding: bytes[position..<position + length], as: UTF8.self)
            if let symbol = LuaToken.Symbol(rawValue: text) {
                position += length
                return symbol
            }
        }
        throw problem(.strayByte(byte), at: position)
    }

    // MARK: Numbers

    private mutating func number() throws(LuaProblem) -> LuaToken.Kind {
        let start = position
        let isHexadecimal = at() == UInt8(ascii: "0") && (at(1).map { $0 | 0x20 } == UInt8(ascii: "x"))
        if isHexadecimal { position += 2 }
        let exponent = UInt8(ascii: isHexadecimal ? "p" : "e")
        while let byte = at() {
            if byte | 0x20 == exponent {
                position += 1
                if at() == UInt8(ascii: "-") || at() == UInt8(ascii: "+") { position += 1 }
            } else if byte.hexadecimalValue != nil || byte == UInt8(ascii: ".") {
                position += 1
            } else {
                break
            }
        }
        if let byte = at(), byte.isLuaLetter { position += 1 }
        let digits = bytes[start..<position]
        guard let value = Self.value(of: digits, isHexadecimal: isHexadecimal) else {
            let text = String(decoding: digits.prefix(40), as: UTF8.self)
            throw problem(.malformedNumber(text), at: start)
        }
        return value
    }

    /// An integer where the digits fit one (hexadecimal ones wrap around), else a float; nil when it is no number.
    static func value(of digits: ArraySlice<UInt8>, isHexadecimal: Bool) -> LuaToken.Kind? {
        let body = isHexadecimal ? digits.dropFirst(2) : digits
        if !body.isEmpty, body.allSatisfy({ isHexadecimal ? $0.hexadecimalValue != nil : $0.isLuaDigit }) {
            if isHexadecimal {
                return .integer(body.reduce(0) { ($0 << 4) | Int64($1.hexadecimalValue ?? 0) })
            }
            if let value = Int64(String(decoding: body, as: UTF8.self)) { return .integer(value) }
        }
        // `strtod` is what Lua itself calls; the digits hold neither spaces, nor signs in front, nor "nan" or "inf".
        let text = String(decoding: digits, as: UTF8.self)
        return text.withCString { start in
            var end: UnsafeMutablePointer<CChar>?
            let value = strtod(start, &end)
            guard let end, end.pointee == 0, UnsafePointer(end) - start == digits.count else { return nil }
            return .float(value)
        }
    }

    // MARK: Strings

    private mutating func longString(level: Int, from start: Int) throws(LuaProblem) -> [UInt8] {
        position += level + 2
        skipNewline()
        var contents: [UInt8] = []
        while let byte = at() {
            if byte == UInt8(ascii: "]"), closesLongString(level) {
                position += level + 2
                return contents
            }
            if byte == 0x0A || byte == 0x0D {
                contents.append(0x0A)
                skipNewline()
            } else {
                contents.append(byte)
                position += 1
            }
        }
        throw problem(.unfinishedLongString(line: LuaLines(bytes).place(of: start).line), at: position)
    }

    private func closesLongString(_ level: Int) -> Bool {
        for index in 0..<level where at(1 + index) != UInt8(ascii: "=") { return false }
        return at(1 + level) == UInt8(ascii: "]")
    }

    /// Skips one line break of any of the four kinds.
    private mutating func skipNewline() {
        guard let first = at(), first == 0x0A || first == 0x0D else { return }
        position += 1
        if let second = at(), second == 0x0A || second == 0x0D, second != first { position += 1 }
    }

    private mutating func shortString() throws(LuaProblem) -> [UInt8] {
        let start = position
        let quote = bytes[position]
        position += 1
        var contents: [UInt8] = []
        while let byte = at() {
            switch byte {
            case quote:
                position += 1
                return contents
            case 0x0A, 0x0D: throw problem(.unfinishedString, at: start)
            case UInt8(ascii: "\\"): try escape(into: &contents, start)
            default:
                contents.append(byte)
                position += 1
            }
        }
        throw problem(.unfinishedString, at: start)
    }

    private mutating func escape(into contents: inout [UInt8], _ start: Int) throws(LuaProblem) {
        let backslash = position
        position += 1
        guard let byte = at() else { throw problem(.unfinishedString, at: start) }
        if let simple = Self.simpleEscapes[byte] {
            contents.append(simple)
            position += 1
            return
        }
        switch byte {
        case 0x0A, 0x0D:
            contents.append(0x0A)
            skipNewline()
        case UInt8(ascii: "x"):
            guard let high = at(1)?.hexadecimalValue, let low = at(2)?.hexadecimalValue else {
                throw badEscape(from: backslash, length: 4)
            }
            contents.append(high << 4 | low)
            position += 3
        case UInt8(ascii: "z"):
            position += 1
            while let blank = at(), blank == 0x20 || (0x09...0x0D).contains(blank) { position += 1 }
        case UInt8(ascii: "u"): try codePointEscape(into: &contents, backslash)
        case _ where byte.isLuaDigit:
            var value = 0
            for _ in 0..<3 {
                guard let digit = at(), digit.isLuaDigit else { break }
                value = value * 10 + Int(digit - 0x30)
                position += 1
            }
            guard let small = UInt8(exactly: value) else { throw problem(.decimalEscapeTooLarge, at: backslash) }
            contents.append(small)
        default: throw badEscape(from: backslash, length: 2)
        }
    }

    private func badEscape(from offset: Int, length: Int) -> LuaProblem {
        let shown = bytes[offset..<min(offset + length, bytes.count)].prefix { $0 >= 0x20 && $0 < 0x7F }
        return problem(.invalidEscape(String(decoding: shown, as: UTF8.self)), at: offset)
    }

    private mutating func codePointEscape(into contents: inout [UInt8], _ backslash: Int) throws(LuaProblem) {
        guard at(1) == UInt8(ascii: "{"), at(2)?.hexadecimalValue != nil else {
            throw badEscape(from: backslash, length: 4)
        }
        position += 2
        var value: UInt32 = 0
        while let digit = at()?.hexadecimalValue {
            guard value <= 0x7FF_FFFF else { throw problem(.codePointTooLarge, at: backslash) }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        guard at() == UInt8(ascii: "}") else { throw badEscape(from: backslash, length: 12) }
        position += 1
        contents += Self.utf8(value)
    }

    /// UTF-8 as it first was: up to six bytes for up to 31 bits, surrogates included.
    static func utf8(_ value: UInt32) -> [UInt8] {
        guard value >= 0x80 else { return [UInt8(value)] }
        var tail: [UInt8] = []
        var rest = value
        var firstLimit: UInt32 = 0x3F
        repeat {
            tail.insert(UInt8(0x80 | (rest & 0x3F)), at: 0)
            rest >>= 6
            firstLimit >>= 1
        } while rest > firstLimit
        return [UInt8(truncatingIfNeeded: (~firstLimit << 1) | rest)] + tail
    }

    private static let simpleEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "f"): 0x0C, UInt8(ascii: "n"): 0x0A,
        UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0B, UInt8(ascii: "\\"): 0x5C,
        UInt8(ascii: "\""): 0x22, UInt8(ascii: "'"): 0x27,
    ]
}

extension UInt8 {
    /// A letter of Lua's names: ASCII or an underscore.
    var isLuaLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
    }

    var isLuaDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var hexadecimalValue: UInt8? {
        switch self {
        case _ where isLuaDigit: self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
