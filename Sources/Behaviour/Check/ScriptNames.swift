/// What the names of a script mean: the globals it makes itself, the events it emits, and where a path of names leads.
struct ScriptNames {
    let vocabulary: ScriptVocabulary
    /// Globals that the script assigns to, with the function where that is all it ever puts there.
    private(set) var ownGlobals: [String: LuaFunction?] = [:]
    /// The first of their names by the alphabet, as many as a hint is looked for among.
    private(set) var ownNames: [String] = []
    /// Events that the script emits by a literal name.
    private(set) var emitted: Set<String> = []

    init(_ main: LuaFunction, vocabulary: ScriptVocabulary) {
        self.vocabulary = vocabulary
        var globals: [String: LuaFunction?] = [:]
        var emitted: Set<String> = []
        func note(_ name: String, _ function: LuaFunction?) {
            // Assigned to twice, it may be either.
            globals[name] = .some(globals.keys.contains(name) ? nil : function)
        }
        LuaVisit(
            statement: { statement in
                switch statement.kind {
                case .assign(let targets, let values):
                    for (index, target) in targets.enumerated() {
                        guard case .global(let name) = target.kind else { continue }
                        if targets.count == values.count, case .function(let function) = values[index].kind {
                            note(name, function)
                        } else {
                            note(name, nil)
                        }
                    }
                case .function(let target, let function):
                    if case .global(let name) = target.kind { note(name, function) }
                default: break
                }
            },
            expression: { expression in
                guard case .suffixed(let primary, let suffixes) = expression.kind,
                    case .global("emit") = primary.kind, case .call(let arguments)? = suffixes.first?.kind,
                    case .text(let name)? = arguments.first?.constant
                else { return }
                emitted.insert(name)
            }
        ).block(main.body)
        ownGlobals = globals
        ownNames = Array(globals.keys.sorted().prefix(500))
        self.emitted = emitted
    }

    /// Whether a global means what the host made it.
    func isHostName(_ name: String) -> Bool { vocabulary.globals[name] != nil && ownGlobals[name] == nil }

    /// The names that lead to a value of the host's: `math.floor` is `["math", "floor"]`. Locals that only rename one
    /// lead there as well.
    func path(of expression: LuaExpression, depth: Int = 0) -> [String]? {
        switch expression.kind {
        case .global(let name): return isHostName(name) ? [name] : nil
        case .parenthesised(let inner): return path(of: inner, depth: depth)
        case .local(let local):
            guard depth < 8, !local.isReassigned, let value = local.value else { return nil }
            return path(of: value, depth: depth + 1)
        case .suffixed(let primary, let suffixes):
            // The host's tables are not deeper.
            guard suffixes.count <= 8, var path = path(of: primary, depth: depth) else { return nil }
            for suffix in suffixes {
                guard case .field(let name) = suffix.kind else { return nil }
                path.append(name)
            }
            return path
        default: return nil
        }
    }

    /// The function that an expression is known to be.
    func function(_ expression: LuaExpression, depth: Int = 0) -> LuaFunction? {
        switch expression.kind {
        case .function(let function): return function
        case .parenthesised(let inner): return function(inner, depth: depth)
        case .local(let local):
            guard depth < 8, !local.isReassigned, let value = local.value else { return nil }
            return function(value, depth: depth + 1)
        case .global(let name): return ownGlobals[name] ?? nil
        default: return nil
        }
    }
}

/// A call as it stands in a script: `a.b.c(x)` with what came before the arguments.
struct ScriptCall {
    /// What is called, without the call itself; nil for a method.
    let callee: LuaExpression?
    let method: String?
    let arguments: [LuaExpression]
    /// Where the last name before the arguments is.
    let offset: Int

    /// The calls of a chain of suffixes, the first one first.
    static func calls(in expression: LuaExpression) -> [ScriptCall] {
        guard case .suffixed(let primary, let suffixes) = expression.kind else { return [] }
        var calls: [ScriptCall] = []
        for (index, suffix) in suffixes.enumerated() {
            switch suffix.kind {
            case .call(let arguments):
                let before = suffixes[..<index]
                // Only a path of plain names is followed: chains may be long, and what a call gives back is not known.
                guard before.count <= 8 else {
                    calls.append(ScriptCall(callee: nil, method: nil, arguments: arguments, offset: suffix.offset))
                    continue
                }
                let callee =
                    before.isEmpty
                    ? primary : LuaExpression(offset: primary.offset, kind: .suffixed(primary, Array(before)))
                let offset = before.last?.offset ?? primary.offset
                calls.append(ScriptCall(callee: callee, method: nil, arguments: arguments, offset: offset))
            case .method(let name, let arguments):
                calls.append(ScriptCall(callee: nil, method: name, arguments: arguments, offset: suffix.offset))
            case .field, .index: continue
            }
        }
        return calls
    }
}
