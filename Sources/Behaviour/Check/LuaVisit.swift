/// A walk over a script's tree, parents before their children; it goes as deep as the parser's levels, no deeper.
struct LuaVisit {
    var statement: (LuaStatement) -> Void = { _ in }
    var expression: (LuaExpression) -> Void = { _ in }
    /// Whether to go into functions, which run at another time than what is around them.
    var entersFunctions = true

    func block(_ block: LuaBlock) {
        for statement in block.statements { self.statement(deep: statement) }
    }

    private func statement(deep node: LuaStatement) {
        statement(node)
        switch node.kind {
        case .local(_, let values), .giveBack(let values): expressions(values)
        case .assign(let targets, let values):
            for target in targets { assigned(target) }
            expressions(values)
        case .call(let call): expression(deep: call)
        case .scope(let body): block(body)
        case .whileLoop(let condition, let body):
            expression(deep: condition)
            block(body)
        case .repeatLoop(let body, let condition):
            block(body)
            expression(deep: condition)
        case .branch(let arms, let otherwise):
            for arm in arms {
                expression(deep: arm.condition)
                block(arm.block)
            }
            if let otherwise { block(otherwise) }
        case .numericFor(_, let values, let body), .genericFor(_, let values, let body):
            expressions(values)
            block(body)
        case .function(let target, let function):
            assigned(target)
            if entersFunctions { block(function.body) }
        case .localFunction(_, let function): if entersFunctions { block(function.body) }
        case .leaveLoop, .goto, .label: break
        }
    }

    /// A variable that is assigned to is not read, what leads to a field is.
    private func assigned(_ target: LuaExpression) {
        if case .suffixed = target.kind { expression(deep: target) }
    }

    func expressions(_ list: [LuaExpression]) {
        for item in list { expression(deep: item) }
    }

    func expression(deep node: LuaExpression) {
        expression(node)
        switch node.kind {
        case .null, .boolean, .vararg, .integer, .float, .string, .local, .global: break
        case .function(let function): if entersFunctions { block(function.body) }
        case .parenthesised(let inner), .unary(_, let inner): expression(deep: inner)
        case .suffixed(let primary, let suffixes):
            expression(deep: primary)
            for suffix in suffixes {
                switch suffix.kind {
                case .field: break
                case .index(let key): expression(deep: key)
                case .call(let arguments), .method(_, let arguments): expressions(arguments)
                }
            }
        case .binary(let first, let rest):
            expression(deep: first)
            for step in rest { expression(deep: step.operand) }
        case .table(let fields):
            for field in fields {
                if case .value(let key) = field.key { expression(deep: key) }
                expression(deep: field.value)
            }
        }
    }
}
