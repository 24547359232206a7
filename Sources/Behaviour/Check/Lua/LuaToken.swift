/// A token of Lua 5.4 and where it begins.
struct LuaToken: Equatable {
    enum Kind: Equatable {
        case end
        case name(String)
        case keyword(Keyword)
        case symbol(Symbol)
        case integer(Int64)
        case float(Double)
        case string([UInt8])
    }

    enum Keyword: String, CaseIterable {
        case and, `break`, `do`, `else`, elseif, end, `false`, `for`, function, goto, `if`, `in`, local, `nil`, not, or
        case `repeat`, `return`, then, `true`, until, `while`
    }

    enum Symbol: String, CaseIterable {
        case plus = "+"
        case minus = "-"
        case star = "*"
        case slash = "/"
        case doubleSlash = "//"
        case percent = "%"
        case caret = "^"
        case hash = "#"
        case ampersand = "&"
        case tilde = "~"
        case bar = "|"
        case shiftLeft = "<<"
        case shiftRight = ">>"
        case equal = "=="
        case notEqual = "~="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
        case assign = "="
        case openParenthesis = "("
        case closeParenthesis = ")"
        case openBrace = "{"
        case closeBrace = "}"
        case openBracket = "["
        case closeBracket = "]"
        case doubleColon = "::"
        case semicolon = ";"
        case colon = ":"
        case comma = ","
        case dot = "."
        case concatenate = ".."
        case ellipsis = "..."
    }

    var kind: Kind
    /// Byte offsets of the token's first byte and of the one after its last.
    var start: Int
    var end: Int

    /// The token as a message names it.
    var text: String {
        switch kind {
        case .end: "the end of the file"
        case .name(let name): "'\(name)'"
        case .keyword(let keyword): "'\(keyword.rawValue)'"
        case .symbol(let symbol): "'\(symbol.rawValue)'"
        case .integer(let value): "the number \(value)"
        case .float(let value): "the number \(value)"
        case .string: "a string"
        }
    }
}
