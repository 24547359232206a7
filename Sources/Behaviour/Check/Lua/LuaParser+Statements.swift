extension LuaParser {
    /// Whether the token ends a block; `until` does so only where asked for.
    private func isBlockEnd(withUntil: Bool) -> Bool {
        switch token.kind {
        case .end, .keyword(.else), .keyword(.elseif), .keyword(.end): true
        case .keyword(.until): withUntil
        default: false
        }
    }

    mutating func statements() throws(LuaProblem) -> LuaBlock {
        var block = LuaBlock()
        while !isBlockEnd(withUntil: true) {
            let isLast = isAt(.return)
            try statement(into: &block)
            if isLast { break }
        }
        return block
    }

    /// A block with a scope of its own.
    private mutating func scope(isLoop: Bool = false) throws(LuaProblem) -> LuaBlock {
        scopes.openBlock(isLoop: isLoop)
        let block = try statements()
        try scopes.closeBlock()
        return block
    }

    private mutating func statement(into block: inout LuaBlock) throws(LuaProblem) {
        // Semicolons and labels leave several statements or none.
        let statements = try deeper { (parser) throws(LuaProblem) in try parser.nextStatements() }
        block.statements += statements
    }

    private mutating func nextStatements() throws(LuaProblem) -> [LuaStatement] {
        let offset = token.start
        switch token.kind {
        case .symbol(.semicolon):
            try advance()
            return []
        case .symbol(.doubleColon): return try label()
        default: return [LuaStatement(offset: offset, kind: try statementKind(offset))]
        }
    }

    private mutating func statementKind(_ offset: Int) throws(LuaProblem) -> LuaStatement.Kind {
        guard case .keyword(let keyword) = token.kind else { return try expressionStatement() }
        switch keyword {
        case .if: return try branch()
        case .while:
            try advance()
            let condition = try expression()
            try expect(.do)
            let block = try scope(isLoop: true)
            try expect(.keyword(.end), toClose: "'while'", at: offset)
            return .whileLoop(condition, block)
        case .do:
            try advance()
            let block = try scope()
            try expect(.keyword(.end), toClose: "'do'", at: offset)
            return .scope(block)
        case .for: return try forLoop(offset)
        case .repeat: return try repeatLoop(offset)
        case .function: return try function(offset)
        case .local:
            try advance()
            return isAt(.function) ? try localFunction() : try localVariables()
        case .return: return .giveBack(try giveBack())
        case .break:
            guard scopes.isInLoop else { throw LuaProblem(offset: offset, fault: .breakOutsideLoop) }
            try advance()
            return .leaveLoop
        case .goto:
            try advance()
            let label = try name()
            scopes.addGoto(label.text, at: offset)
            return .goto(label.text)
        default: return try expressionStatement()
        }
    }

    private mutating func label() throws(LuaProblem) -> [LuaStatement] {
        try advance()
        let label = try name()
        try expect(.doubleColon)
        var following = LuaBlock()
        while isAt(.semicolon) || isAt(.doubleColon) { try statement(into: &following) }
        try scopes.addLabel(label.text, at: label.offset, isLast: isBlockEnd(withUntil: false), lines: lines)
        return [LuaStatement(offset: label.offset, kind: .label(label.text))] + following.statements
    }

    private mutating func branch() throws(LuaProblem) -> LuaStatement.Kind {
        let offset = token.start
        var arms: [(condition: LuaExpression, block: LuaBlock)] = []
        repeat {
            try advance()
            let condition = try expression()
            try expect(.then)
            arms.append((condition, try scope()))
        } while isAt(.elseif)
        let otherwise = try take(.else) ? try scope() : nil
        try expect(.keyword(.end), toClose: "'if'", at: offset)
        return .branch(arms, otherwise: otherwise)
    }

    private mutating func repeatLoop(_ offset: Int) throws(LuaProblem) -> LuaStatement.Kind {
        try advance()
        scopes.openBlock(isLoop: true)
        scopes.openBlock(isLoop: false)
        let block = try statements()
        try expect(.keyword(.until), toClose: "'repeat'", at: offset)
        // The condition sees the block's locals.
        let condition = try expression()
        try scopes.closeBlock()
        try scopes.closeBlock()
        return .repeatLoop(block, until: condition)
    }

    private mutating func forLoop(_ offset: Int) throws(LuaProblem) -> LuaStatement.Kind {
        scopes.openBlock(isLoop: true)
        try advance()
        let first = try name()
        var names = [first]
        var values: [LuaExpression] = []
        let isNumeric = isAt(.assign)
        switch token.kind {
        case .symbol(.assign):
            try advance()
            values.append(try expression())
            try expect(.comma)
            values.append(try expression())
            if try take(.comma) { values.append(try expression()) }
        case .symbol(.comma), .keyword(.in):
            while try take(.comma) { names.append(try name()) }
            try expect(.in)
            values = try expressions()
        default: throw unexpected("'=' or 'in'")
        }
        try expect(.do)
        let variables = names.map { LuaLocal(name: $0.text, offset: $0.offset) }
        // The machine keeps three values of its own for a numeric loop, four for a generic one.
        let hidden = (0..<(isNumeric ? 3 : 4)).map { _ in LuaLocal(name: "(for state)", offset: first.offset) }
        try scopes.declare(hidden)
        scopes.openBlock(isLoop: false)
        try scopes.declare(variables)
        let block = try statements()
        try scopes.closeBlock()
        try expect(.keyword(.end), toClose: "'for'", at: offset)
        try scopes.closeBlock()
        return isNumeric ? .numericFor(variables[0], values, block) : .genericFor(variables, values, block)
    }

    private mutating func function(_ offset: Int) throws(LuaProblem) -> LuaStatement.Kind {
        try advance()
        let base = try name()
        var suffixes: [LuaSuffix] = []
        var isMethod = false
        while !isMethod, isAt(.dot) || isAt(.colon) {
            isMethod = isAt(.colon)
            try advance()
            let field = try name()
            suffixes.append(LuaSuffix(offset: field.offset, kind: .field(field.text)))
        }
        let variable = resolve(base.text, at: base.offset, isRead: !suffixes.isEmpty)
        let function = try functionBody(offset, isMethod: isMethod)
        let target =
            suffixes.isEmpty ? variable : LuaExpression(offset: base.offset, kind: .suffixed(variable, suffixes))
        try noteAssignment(to: target)
        return .function(target, function)
    }

    private mutating func localFunction() throws(LuaProblem) -> LuaStatement.Kind {
        let offset = token.start
        try advance()
        let declared = try name()
        let local = LuaLocal(name: declared.text, offset: declared.offset)
        // A function sees itself.
        try scopes.declare([local])
        let function = try functionBody(offset, isMethod: false)
        local.value = LuaExpression(offset: offset, kind: .function(function))
        return .localFunction(local, function)
    }

    private mutating func localVariables() throws(LuaProblem) -> LuaStatement.Kind {
        var locals: [LuaLocal] = []
        var hasClose = false
        repeat {
            let declared = try name()
            var isConstant = false
            if try take(.less) {
                let attribute = try name()
                try expect(.greater)
                guard attribute.text == "const" || attribute.text == "close" else {
                    throw LuaProblem(offset: attribute.offset, fault: .unknownAttribute(attribute.text))
                }
                isConstant = true
                if attribute.text == "close" {
                    guard !hasClose else { throw LuaProblem(offset: attribute.offset, fault: .severalToClose) }
                    hasClose = true
                }
            }
            locals.append(LuaLocal(name: declared.text, offset: declared.offset, isConstant: isConstant))
            // More cannot be declared; checked here, so that a list without end is not read to its end.
            guard locals.count <= 200 else { throw LuaProblem(offset: declared.offset, fault: .tooManyLocals) }
        } while try take(.comma)
        let values = try take(.assign) ? try expressions() : []
        try scopes.declare(locals)
        if locals.count == values.count {
            for (local, value) in zip(locals, values) { local.value = value }
        }
        return .local(locals, values)
    }

    private mutating func giveBack() throws(LuaProblem) -> [LuaExpression] {
        try advance()
        let values = isBlockEnd(withUntil: true) || isAt(.semicolon) ? [] : try expressions()
        _ = try take(.semicolon)
        return values
    }

    private mutating func expressionStatement() throws(LuaProblem) -> LuaStatement.Kind {
        let first = try suffixedExpression(isTarget: true)
        if isAt(.assign) || isAt(.comma) {
            var targets: [LuaExpression] = []
            try assignmentTargets(from: first, into: &targets)
            return .assign(targets, try expressions())
        }
        guard case .suffixed(_, let suffixes) = first.kind, let last = suffixes.last else {
            throw LuaProblem(offset: first.offset, fault: .notACall)
        }
        switch last.kind {
        case .call, .method: return .call(first)
        default: throw LuaProblem(offset: first.offset, fault: .notACall)
        }
    }

    /// `a, b, c =`: each target is a level of its own, as in Lua.
    private mutating func assignmentTargets(
        from target: LuaExpression, into targets: inout [LuaExpression]
    ) throws(LuaProblem) {
        var target = target
        var levels = 0
        while true {
            try noteAssignment(to: target)
            targets.append(target)
            guard try take(.comma) else { break }
            target = try suffixedExpression(isTarget: true)
            levels += 1
            guard levels + depth < 200 else { throw LuaProblem(offset: token.start, fault: .tooDeep) }
        }
        try expect(.assign)
    }

    /// Refuses to assign to what is no variable or a constant, and remembers that a local was assigned to.
    private mutating func noteAssignment(to target: LuaExpression) throws(LuaProblem) {
        switch target.kind {
        case .global: return
        case .local(let local):
            guard !local.isConstant else {
                throw LuaProblem(offset: target.offset, fault: .constantAssigned(local.name))
            }
            local.isReassigned = true
        case .suffixed(_, let suffixes):
            switch suffixes.last?.kind {
            case .field, .index: return
            default: throw LuaProblem(offset: target.offset, fault: .notAVariable)
            }
        default: throw LuaProblem(offset: target.offset, fault: .notAVariable)
        }
    }
}
