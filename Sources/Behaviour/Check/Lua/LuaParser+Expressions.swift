extension LuaParser {
    mutating func expressions() throws(LuaProblem) -> [LuaExpression] {
        var list = [try expression()]
        while try take(.comma) { list.append(try expression()) }
        return list
    }

    mutating func expression() throws(LuaProblem) -> LuaExpression { try expression(above: 0) }

    /// An expression of operators that bind more tightly than `limit`.
    private mutating func expression(above limit: Int) throws(LuaProblem) -> LuaExpression {
        try deeper { (parser) throws(LuaProblem) in
            let first = try parser.operand()
            var rest: [(operation: LuaBinary, offset: Int, operand: LuaExpression)] = []
            while let (operation, left, right) = parser.binaryOperator, left > limit {
                let offset = parser.token.start
                try parser.advance()
                rest.append((operation, offset, try parser.expression(above: right)))
            }
            return rest.isEmpty ? first : LuaExpression(offset: first.offset, kind: .binary(first, rest))
        }
    }

    private mutating func operand() throws(LuaProblem) -> LuaExpression {
        let offset = token.start
        let unary: LuaUnary? =
            switch token.kind {
            case .keyword(.not): .not
            case .symbol(.minus): .minus
            case .symbol(.tilde): .complement
            case .symbol(.hash): .length
            default: nil
            }
        guard let unary else { return try simpleExpression() }
        try advance()
        return LuaExpression(offset: offset, kind: .unary(unary, try expression(above: 12)))
    }

    private mutating func simpleExpression() throws(LuaProblem) -> LuaExpression {
        let offset = token.start
        let kind: LuaExpression.Kind
        switch token.kind {
        case .integer(let value): kind = .integer(value)
        case .float(let value): kind = .float(value)
        case .string(let bytes): kind = .string(String(decoding: bytes, as: UTF8.self))
        case .keyword(.nil): kind = .null
        case .keyword(.true): kind = .boolean(true)
        case .keyword(.false): kind = .boolean(false)
        case .symbol(.ellipsis):
            guard scopes.isVararg else { throw LuaProblem(offset: offset, fault: .varargOutside) }
            kind = .vararg
        case .symbol(.openBrace): return try table()
        case .keyword(.function):
            try advance()
            let function = try functionBody(offset, isMethod: false)
            return LuaExpression(offset: offset, kind: .function(function))
        default: return try suffixedExpression(isTarget: false)
        }
        try advance()
        return LuaExpression(offset: offset, kind: kind)
    }

    /// - Parameter isTarget: whether the expression begins a statement, where a bare name is not read but assigned to.
    mutating func suffixedExpression(isTarget: Bool) throws(LuaProblem) -> LuaExpression {
        let offset = token.start
        let primary: LuaExpression
        var variable: (text: String, offset: Int)?
        switch token.kind {
        case .name:
            let found = try name()
            variable = found
            primary = resolve(found.text, at: found.offset, isRead: !isTarget)
        case .symbol(.openParenthesis):
            try advance()
            let inner = try expression()
            try expect(.symbol(.closeParenthesis), toClose: "'('", at: offset)
            primary = LuaExpression(offset: offset, kind: .parenthesised(inner))
        default: throw unexpected(isTarget ? "a statement" : "a value")
        }
        var suffixes: [LuaSuffix] = []
        while let suffix = try suffix() { suffixes.append(suffix) }
        guard !suffixes.isEmpty else { return primary }
        // `name.field` and `name()` read the name, wherever they stand.
        if isTarget, let variable { _ = resolve(variable.text, at: variable.offset, isRead: true) }
        return LuaExpression(offset: offset, kind: .suffixed(primary, suffixes))
    }

    private mutating func suffix() throws(LuaProblem) -> LuaSuffix? {
        let offset = token.start
        switch token.kind {
        case .symbol(.dot):
            try advance()
            let field = try name()
            return LuaSuffix(offset: field.offset, kind: .field(field.text))
        case .symbol(.openBracket):
            try advance()
            let key = try expression()
            try expect(.closeBracket)
            return LuaSuffix(offset: offset, kind: .index(key))
        case .symbol(.colon):
            try advance()
            let method = try name()
            return LuaSuffix(offset: method.offset, kind: .method(method.text, try arguments()))
        case .symbol(.openParenthesis), .symbol(.openBrace), .string:
            return LuaSuffix(offset: offset, kind: .call(try arguments()))
        default: return nil
        }
    }

    private mutating func arguments() throws(LuaProblem) -> [LuaExpression] {
        let offset = token.start
        switch token.kind {
        case .string(let bytes):
            try advance()
            return [LuaExpression(offset: offset, kind: .string(String(decoding: bytes, as: UTF8.self)))]
        case .symbol(.openBrace): return [try table()]
        case .symbol(.openParenthesis):
            try advance()
            let list = isAt(.closeParenthesis) ? [] : try expressions()
            try expect(.symbol(.closeParenthesis), toClose: "'('", at: offset)
            return list
        default: throw unexpected("the arguments of the call")
        }
    }

    private mutating func table() throws(LuaProblem) -> LuaExpression {
        let offset = token.start
        try expect(.openBrace)
        var fields: [LuaField] = []
        while !isAt(.closeBrace) {
            fields.append(try field())
            guard isAt(.comma) || isAt(.semicolon) else { break }
            try advance()
        }
        try expect(.symbol(.closeBrace), toClose: "'{'", at: offset)
        return LuaExpression(offset: offset, kind: .table(fields))
    }

    private mutating func field() throws(LuaProblem) -> LuaField {
        if case .name = token.kind, try peek().kind == .symbol(.assign) {
            let key = try name()
            try advance()
            return LuaField(key: .name(key.text, offset: key.offset), value: try expression())
        }
        guard try take(.openBracket) else { return LuaField(key: .place, value: try expression()) }
        let key = try expression()
        try expect(.closeBracket)
        try expect(.assign)
        return LuaField(key: .value(key), value: try expression())
    }

    /// Parameters and body of a function that began at `offset`, up to its `end`.
    mutating func functionBody(_ offset: Int, isMethod: Bool) throws(LuaProblem) -> LuaFunction {
        let opening = token.start
        try expect(.openParenthesis)
        var parameters = isMethod ? [LuaLocal(name: "self", offset: offset)] : []
        var isVararg = false
        if !isAt(.closeParenthesis) {
            repeat {
                if try take(.ellipsis) {
                    isVararg = true
                    break
                }
                let parameter = try name()
                parameters.append(LuaLocal(name: parameter.text, offset: parameter.offset))
            } while try take(.comma)
        }
        let function = LuaFunction(offset: offset, parameters: parameters, isVararg: isVararg)
        scopes.openFunction(isVararg: isVararg)
        try scopes.declare(parameters)
        try expect(.symbol(.closeParenthesis), toClose: "'('", at: opening)
        function.body = try statements()
        try expect(.keyword(.end), toClose: "'function'", at: offset)
        try scopes.closeFunction()
        return function
    }

    func resolve(_ name: String, at offset: Int, isRead: Bool) -> LuaExpression {
        guard let local = scopes.resolve(name) else { return LuaExpression(offset: offset, kind: .global(name)) }
        if isRead { local.isUsed = true }
        return LuaExpression(offset: offset, kind: .local(local))
    }

    /// The binary operator here with its left and right priorities, by the table in `lparser.c`.
    private var binaryOperator: (operation: LuaBinary, left: Int, right: Int)? {
        switch token.kind {
        case .keyword(.or): (.or, 1, 1)
        case .keyword(.and): (.and, 2, 2)
        case .symbol(.less): (.less, 3, 3)
        case .symbol(.greater): (.greater, 3, 3)
        case .symbol(.lessOrEqual): (.lessOrEqual, 3, 3)
        case .symbol(.greaterOrEqual): (.greaterOrEqual, 3, 3)
        case .symbol(.notEqual): (.notEqual, 3, 3)
        case .symbol(.equal): (.equal, 3, 3)
        case .symbol(.bar): (.bitOr, 4, 4)
        case .symbol(.tilde): (.bitXor, 5, 5)
        case .symbol(.ampersand): (.bitAnd, 6, 6)
        case .symbol(.shiftLeft): (.shiftLeft, 7, 7)
        case .symbol(.shiftRight): (.shiftRight, 7, 7)
        case .symbol(.concatenate): (.concatenate, 9, 8)
        case .symbol(.plus): (.add, 10, 10)
        case .symbol(.minus): (.subtract, 10, 10)
        case .symbol(.star): (.multiply, 11, 11)
        case .symbol(.slash): (.divide, 11, 11)
        case .symbol(.doubleSlash): (.floorDivide, 11, 11)
        case .symbol(.percent): (.modulo, 11, 11)
        case .symbol(.caret): (.power, 14, 13)
        default: nil
        }
    }
}
