/// A parser of Lua 5.4, rule by rule as `lparser.c` reads it, which keeps what the compiler throws away: the tree.
///
/// It takes any bytes and never recurses deeper than Lua itself does (200 levels). What it accepts the compiler accepts,
/// but for limits of the virtual machine (registers, upvalues, constants), which `LuaCompiler` asks it about.
struct LuaParser {
    /// The syntax of a main chunk, or the first place at which it is not Lua.
    static func parse(_ bytes: [UInt8]) throws(LuaProblem) -> LuaFunction {
        // The byte that begins compiled Lua.
        guard bytes.first != 0x1B else { throw LuaProblem(offset: 0, fault: .binaryChunk) }
        var parser = try LuaParser(bytes)
        let main = LuaFunction(offset: 0, parameters: [], isVararg: true)
        parser.scopes.openFunction(isVararg: true)
        main.body = try parser.statements()
        guard parser.token.kind == .end else { throw parser.unexpected("a statement") }
        try parser.scopes.closeFunction()
        return main
    }

    var lexer: LuaLexer
    var token: LuaToken
    private var lookahead: LuaToken?
    /// How many levels deep the parser is.
    private(set) var depth = 0
    var scopes = LuaScopes()
    let lines: LuaLines

    private init(_ bytes: [UInt8]) throws(LuaProblem) {
        lexer = LuaLexer(bytes)
        lines = LuaLines(bytes)
        token = try lexer.next()
    }

    // MARK: Tokens

    mutating func advance() throws(LuaProblem) {
        if let next = lookahead {
            token = next
            lookahead = nil
        } else {
            token = try lexer.next()
        }
    }

    /// The token after this one.
    mutating func peek() throws(LuaProblem) -> LuaToken {
        if let lookahead { return lookahead }
        let next = try lexer.next()
        lookahead = next
        return next
    }

    func isAt(_ symbol: LuaToken.Symbol) -> Bool { token.kind == .symbol(symbol) }
    func isAt(_ keyword: LuaToken.Keyword) -> Bool { token.kind == .keyword(keyword) }

    /// Takes the token if it is that one.
    mutating func take(_ symbol: LuaToken.Symbol) throws(LuaProblem) -> Bool {
        guard isAt(symbol) else { return false }
        try advance()
        return true
    }

    mutating func take(_ keyword: LuaToken.Keyword) throws(LuaProblem) -> Bool {
        guard isAt(keyword) else { return false }
        try advance()
        return true
    }

    mutating func expect(_ symbol: LuaToken.Symbol) throws(LuaProblem) {
        guard try take(symbol) else { throw unexpected("'\(symbol.rawValue)'") }
    }

    mutating func expect(_ keyword: LuaToken.Keyword) throws(LuaProblem) {
        guard try take(keyword) else { throw unexpected("'\(keyword.rawValue)'") }
    }

    /// Takes what closes something that was opened at `offset`.
    mutating func expect(_ closing: LuaToken.Kind, toClose opener: String, at offset: Int) throws(LuaProblem) {
        guard token.kind == closing else {
            let expected = LuaToken(kind: closing, start: 0, end: 0).text
            let line = lines.place(of: offset).line
            guard line != lines.place(of: token.start).line else { throw unexpected(expected) }
            let fault = LuaProblem.Fault.unclosed(found: token.text, expected: expected, opener: opener, line: line)
            throw LuaProblem(offset: token.start, fault: fault)
        }
        try advance()
    }

    mutating func name() throws(LuaProblem) -> (text: String, offset: Int) {
        guard case .name(let text) = token.kind else { throw unexpected("a name") }
        let offset = token.start
        try advance()
        return (text, offset)
    }

    func unexpected(_ expected: String) -> LuaProblem {
        LuaProblem(offset: token.start, fault: .unexpected(found: token.text, expected: expected))
    }

    // MARK: Levels

    /// Goes one level deeper for the length of `body`; Lua's own limit is 200 nested C calls.
    mutating func deeper<Result>(
        _ body: (inout LuaParser) throws(LuaProblem) -> Result
    ) throws(LuaProblem) -> Result {
        depth += 1
        guard depth < 200 else { throw LuaProblem(offset: token.start, fault: .tooDeep) }
        let result = try body(&self)
        depth -= 1
        return result
    }
}
