/// Follows where a script's control can go: what is never reached, and loops that never let time pass.
///
/// It is careful: what is called through a table, a method or a parameter may do anything, and is taken to wait.
struct FlowCheck {
    /// What comes of a piece of a script.
    private struct Flow {
        /// Whether control can come out at its end.
        var completes = true
        /// Why not, for people.
        var reason = ""
        /// Whether it can leave the loop around it, and whether it can leave by `return` or `goto`.
        var breaks = false
        var leaves = false

        static func stops(_ reason: String) -> Flow { Flow(completes: false, reason: reason) }
    }

    private let names: ScriptNames
    private let lines: LuaLines
    private var notes: [CallCheck.Note] = []
    private var gotos: Set<String> = []
    /// What is known of functions; nil while it is being found out.
    private var completing: [ObjectIdentifier: Bool?] = [:]
    private var waiting: [ObjectIdentifier: Bool?] = [:]
    private var isQuiet = false
    /// How many functions deep the search is; beyond a dozen it takes them to come back and to wait.
    private var depth = 0
    private static let deepest = 12

    private init(names: ScriptNames, lines: LuaLines) {
        self.names = names
        self.lines = lines
    }

    /// All that is wrong, in no order.
    static func notes(on main: LuaFunction, names: ScriptNames, lines: LuaLines) -> [CallCheck.Note] {
        var check = FlowCheck(names: names, lines: lines)
        var functions = [main]
        LuaVisit(
            statement: { statement in
                switch statement.kind {
                case .goto(let name): check.gotos.insert(name)
                case .function(_, let function), .localFunction(_, let function): functions.append(function)
                default: break
                }
            },
            expression: { if case .function(let function) = $0.kind { functions.append(function) } }
        ).block(main.body)
        for function in functions { _ = check.flow(function.body) }
        return check.notes
    }

    private mutating func note(_ offset: Int, _ severity: ScriptFinding.Severity, _ message: String) {
        if !isQuiet, notes.count < 200 { notes.append((offset, severity, message)) }
    }

    private func line(_ offset: Int) -> Int { lines.place(of: offset).line }

    // MARK: Blocks

    private mutating func flow(_ block: LuaBlock) -> Flow {
        var result = Flow()
        var isSaid = false
        for (index, statement) in block.statements.enumerated() {
            if case .label(let name) = statement.kind, gotos.contains(name) {
                result.completes = true
                isSaid = false
            }
            guard result.completes else {
                if !isSaid { sayUnreached(block.statements[index...], result.reason) }
                isSaid = true
                continue
            }
            let flow = flow(statement)
            result.completes = flow.completes
            result.reason = flow.reason
            result.breaks = result.breaks || flow.breaks
            result.leaves = result.leaves || flow.leaves
        }
        return result
    }

    /// Says that statements are never reached; a wait among them is what the writer counted on.
    private mutating func sayUnreached(_ statements: ArraySlice<LuaStatement>, _ reason: String) {
        guard let first = statements.first else { return }
        if let wait = firstWait(in: statements) {
            note(wait.offset, .error, "'\(wait.name)' is never reached: \(reason)")
        } else {
            note(first.offset, .warning, "this is never reached: \(reason)")
        }
    }

    private func firstWait(in statements: ArraySlice<LuaStatement>) -> (offset: Int, name: String)? {
        var found: (offset: Int, name: String)?
        LuaVisit(
            expression: { expression in
                for call in ScriptCall.calls(in: expression) {
                    guard found == nil, let callee = call.callee, let path = names.path(of: callee),
                        case .function(let function)? = names.vocabulary.entry(at: path), function.waits
                    else { continue }
                    found = (call.offset, path.joined(separator: "."))
                }
            }, entersFunctions: false
        ).block(LuaBlock(statements: Array(statements)))
        return found
    }

    // MARK: Statements

    private mutating func flow(_ statement: LuaStatement) -> Flow {
        switch statement.kind {
        case .local, .assign, .function, .localFunction, .label: return Flow()
        case .call(let call): return flow(ofCall: call)
        case .scope(let block): return flow(block)
        case .giveBack:
            return Flow(completes: false, reason: "'return' on line \(line(statement.offset)) ends here", leaves: true)
        case .leaveLoop:
            return Flow(completes: false, reason: "'break' on line \(line(statement.offset)) ends here", breaks: true)
        case .goto:
            return Flow(completes: false, reason: "'goto' on line \(line(statement.offset)) leads away", leaves: true)
        case .branch(let arms, let otherwise): return flow(arms, otherwise)
        case .whileLoop(let condition, let block):
            return loop(
                statement.offset, condition.constant?.isTrue, block, condition, reason: "condition is never true")
        case .repeatLoop(let block, let condition):
            let isEndless = condition.constant?.isTrue.map { !$0 }
            return loop(statement.offset, isEndless == true ? true : nil, block, nil, reason: "")
        case .numericFor(_, let values, let block):
            let isEndless = values.count > 1 && names.path(of: values[1]) == ["math", "huge"]
            return loop(statement.offset, isEndless ? true : nil, block, nil, reason: "")
        case .genericFor(_, _, let block): return loop(statement.offset, nil, block, nil, reason: "")
        }
    }

    /// - Parameter runs: true for a loop without end, false for one that never begins, nil for any other.
    private mutating func loop(
        _ offset: Int, _ runs: Bool?, _ block: LuaBlock, _ condition: LuaExpression?, reason: String
    ) -> Flow {
        if runs == false {
            sayUnreached(block.statements[...], "the \(reason)")
            return Flow()
        }
        let body = flow(block)
        guard runs == true else {
            if let condition, !body.breaks, !body.leaves, !mayWait(block), dependsOnHostOnly(condition) {
                note(
                    offset, .error,
                    "this loop waits for something that cannot change before the next tick; "
                        + "use wait_until, or put a wait in it")
            }
            return Flow(leaves: body.leaves)
        }
        if !body.breaks, !body.leaves, body.completes, !mayWait(block) {
            note(offset, .error, "this loop never ends and never waits: the script would be stopped; put a wait in it")
        }
        guard !body.breaks, !containsGoto(block) else { return Flow(leaves: body.leaves) }
        return Flow(
            completes: false, reason: "the loop on line \(line(offset)) never ends", leaves: body.leaves)
    }

    private mutating func flow(
        _ arms: [(condition: LuaExpression, block: LuaBlock)], _ otherwise: LuaBlock?
    ) -> Flow {
        var result = Flow.stops("every branch of the 'if' before ends")
        var isDecided = false
        for arm in arms {
            if isDecided {
                sayUnreached(arm.block.statements[...], "a condition before is always true")
                continue
            }
            let isTrue = arm.condition.constant?.isTrue
            if isTrue == false {
                sayUnreached(arm.block.statements[...], "the condition is never true")
                continue
            }
            join(&result, flow(arm.block))
            isDecided = isTrue == true
        }
        if isDecided {
            if let otherwise { sayUnreached(otherwise.statements[...], "the condition is always true") }
        } else {
            join(&result, otherwise.map { flow($0) } ?? Flow())
        }
        return result
    }

    private func join(_ result: inout Flow, _ other: Flow) {
        result.completes = result.completes || other.completes
        result.breaks = result.breaks || other.breaks
        result.leaves = result.leaves || other.leaves
    }

    private mutating func flow(ofCall expression: LuaExpression) -> Flow {
        guard let call = ScriptCall.calls(in: expression).last, let callee = call.callee else { return Flow() }
        if let path = names.path(of: callee), case .function(let function)? = names.vocabulary.entry(at: path),
            !function.returns
        {
            return .stops("'\(path.joined(separator: "."))' on line \(line(call.offset)) does not come back")
        }
        if let function = names.function(callee), !completes(function) {
            return .stops("the function called on line \(line(call.offset)) does not come back")
        }
        return Flow()
    }

    /// Whether a function of the script's can come back. One that is being found out is taken to.
    private mutating func completes(_ function: LuaFunction) -> Bool {
        let key = ObjectIdentifier(function)
        if let known = completing[key] { return known ?? true }
        guard depth < Self.deepest else { return true }
        depth += 1
        defer { depth -= 1 }
        completing[key] = .some(nil)
        let wasQuiet = isQuiet
        isQuiet = true
        let flow = flow(function.body)
        isQuiet = wasQuiet
        let result = flow.completes || flow.leaves
        completing[key] = result
        return result
    }

    // MARK: Waiting

    /// Whether time may pass in a block: it calls something that waits, or something unknown.
    private mutating func mayWait(_ block: LuaBlock) -> Bool {
        var calls: [ScriptCall] = []
        LuaVisit(expression: { calls += ScriptCall.calls(in: $0) }, entersFunctions: false).block(block)
        for call in calls where mayWait(call) { return true }
        return false
    }

    private mutating func mayWait(_ call: ScriptCall) -> Bool {
        guard let callee = call.callee else { return true }
        if let path = names.path(of: callee) {
            guard case .function(let function)? = names.vocabulary.entry(at: path) else { return true }
            // These run at once what they are handed.
            if path == ["pcall"] || path == ["xpcall"] {
                guard let first = call.arguments.first, let function = names.function(first) else { return true }
                return mayWait(function)
            }
            return function.waits && !isAsync(call)
        }
        guard let function = names.function(callee) else { return true }
        return mayWait(function)
    }

    private mutating func mayWait(_ function: LuaFunction) -> Bool {
        let key = ObjectIdentifier(function)
        if let known = waiting[key] { return known ?? false }
        guard depth < Self.deepest else { return true }
        depth += 1
        defer { depth -= 1 }
        waiting[key] = .some(nil)
        let result = mayWait(function.body)
        waiting[key] = result
        return result
    }

    /// Whether a verb is told not to wait: `nod{async = true}`.
    private func isAsync(_ call: ScriptCall) -> Bool {
        guard case .table(let fields)? = call.arguments.last?.kind else { return false }
        return fields.contains { field in
            if case .name("async", _) = field.key { return field.value.constant?.isTrue == true }
            return false
        }
    }

    /// Whether a condition reads nothing but what the host changes between ticks.
    private func dependsOnHostOnly(_ condition: LuaExpression) -> Bool {
        var readsHost = false
        var readsOther = false
        LuaVisit(expression: { expression in
            switch expression.kind {
            case .global(let name):
                if names.isHostName(name), case .table? = names.vocabulary.globals[name], name != "_G", name != "config"
                {
                    readsHost = true
                } else {
                    readsOther = true
                }
            case .local(let local): if local.isReassigned || local.value?.constant == nil { readsOther = true }
            case .vararg, .function: readsOther = true
            case .suffixed(_, let suffixes):
                for suffix in suffixes {
                    if case .field = suffix.kind { continue }
                    readsOther = true
                }
            default: break
            }
        }).expression(deep: condition)
        return readsHost && !readsOther
    }

    private func containsGoto(_ block: LuaBlock) -> Bool {
        var found = false
        LuaVisit(
            statement: { if case .goto = $0.kind { found = true } }, entersFunctions: false
        ).block(block)
        return found
    }
}
