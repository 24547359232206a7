import FaceKit

/// Holds the names and calls of a script against the vocabulary.
struct CallCheck {
    /// A finding before its place is a line.
    typealias Note = (offset: Int, severity: ScriptFinding.Severity, message: String)

    let names: ScriptNames
    private var notes: [Note] = []
    private var vocabulary: ScriptVocabulary { names.vocabulary }

    init(names: ScriptNames) { self.names = names }

    /// All that is wrong, in no order.
    static func notes(on main: LuaFunction, names: ScriptNames) -> [Note] {
        var check = CallCheck(names: names)
        // The walk calls back in turn, never at once.
        LuaVisit(
            statement: { check.check($0) },
            expression: { check.check($0) }
        ).block(main.body)
        return check.notes
    }

    /// More than so many findings help nobody, and a script made to be slow to check would be.
    private static let limit = 200

    private mutating func note(_ offset: Int, _ message: String) {
        if notes.count < Self.limit { notes.append((offset, .error, message)) }
    }

    private mutating func warn(_ offset: Int, _ message: String) { notes.append((offset, .warning, message)) }

    private mutating func check(_ statement: LuaStatement) {
        let targets: [LuaExpression]
        switch statement.kind {
        case .assign(let list, _): targets = list
        case .function(let target, _): targets = [target]
        default: return
        }
        for target in targets {
            guard case .global(let name) = target.kind, vocabulary.globals[name] != nil else { continue }
            warn(target.offset, "this replaces '\(name)', which every script has")
        }
    }

    private mutating func check(_ expression: LuaExpression) {
        guard notes.count < Self.limit else { return }
        switch expression.kind {
        case .global(let name): checkGlobal(name, expression.offset)
        case .suffixed(let primary, let suffixes):
            checkFields(primary, suffixes)
            for call in ScriptCall.calls(in: expression) { check(call) }
        default: break
        }
    }

    private mutating func checkGlobal(_ name: String, _ offset: Int) {
        guard vocabulary.globals[name] == nil, names.ownGlobals[name] == nil else { return }
        if let instead = vocabulary.absent[name] {
            return note(offset, "scripts have no '\(name)': \(instead)")
        }
        let known = Array(vocabulary.globals.keys) + names.ownNames
        note(offset, "nothing is called '\(name)'\(Self.hint(name, among: known))")
    }

    private mutating func checkFields(_ primary: LuaExpression, _ suffixes: [LuaSuffix]) {
        guard var path = names.path(of: primary) else { return }
        for suffix in suffixes {
            guard case .field(let name) = suffix.kind else { return }
            guard case .table(let fields, let isOpen)? = vocabulary.entry(at: path) else { return }
            guard fields[name] != nil else {
                if !isOpen {
                    let whole = path.joined(separator: ".")
                    note(suffix.offset, "'\(whole)' has no '\(name)'\(Self.hint(name, among: fields.keys))")
                }
                return
            }
            path.append(name)
        }
    }

    // MARK: Calls

    private mutating func check(_ call: ScriptCall) {
        guard let callee = call.callee, let path = names.path(of: callee) else { return }
        let name = path.joined(separator: ".")
        switch vocabulary.entry(at: path) {
        case .function(let function)?: check(call, name, function)
        case .value?, .table?: note(call.offset, "'\(name)' is no function and cannot be called")
        case nil: break
        }
    }

    private mutating func check(_ call: ScriptCall, _ name: String, _ function: ScriptVocabulary.Function) {
        if function.takesTable, call.arguments.count == 1, case .table(let fields) = call.arguments[0].kind,
            function.parameters.first?.kinds.contains(.table) != true || Self.hasNames(fields, of: function)
        {
            return checkOptions(fields, name, function, allNamed: true, at: call.offset)
        }
        var arguments = call.arguments
        if !function.options.isEmpty, arguments.count > 0, arguments.count <= function.parameters.count + 1,
            case .table(let fields)? = arguments.last?.kind
        {
            let place = arguments.count - 1
            let isOptions =
                place >= function.parameters.count || !function.parameters[place].kinds.contains(.table)
            if isOptions {
                checkOptions(fields, name, function, allNamed: false, at: call.offset)
                arguments.removeLast()
            }
        }
        checkCount(arguments, name, function, at: call.offset)
        for (argument, parameter) in zip(arguments, function.parameters) {
            check(argument, name, parameter)
        }
        checkHandler(arguments, function)
    }

    /// Whether a table's fields name parameters, so that it is not itself the first of them.
    private static func hasNames(_ fields: [LuaField], of function: ScriptVocabulary.Function) -> Bool {
        fields.contains { field in
            guard case .name(let name, _) = field.key else { return false }
            return function.parameters.contains { $0.name == name }
        }
    }

    private mutating func checkCount(
        _ arguments: [LuaExpression], _ name: String, _ function: ScriptVocabulary.Function, at offset: Int
    ) {
        let needed = function.parameters.lastIndex { !$0.isOptional }.map { $0 + 1 } ?? 0
        let isOpen = arguments.last?.mayBeSeveral ?? false
        if arguments.count < needed, !isOpen {
            let missing = function.parameters[arguments.count...].first { !$0.isOptional }
            note(offset, "'\(name)' needs \(missing.map { "'\($0.name)'" } ?? "more")\(Self.usage(name, function))")
        } else if arguments.count > function.parameters.count, !function.isVariadic,
            !(isOpen && arguments.count == function.parameters.count + 1)
        {
            let extra = arguments[function.parameters.count]
            let most = function.parameters.count
            let values = most == 0 ? "no values" : most == 1 ? "one value" : "at most \(most) values"
            note(extra.offset, "'\(name)' takes \(values), found \(arguments.count)\(Self.usage(name, function))")
        }
    }

    /// How it is called, for a person: `: nod(times, amplitude_deg)`.
    private static func usage(_ name: String, _ function: ScriptVocabulary.Function) -> String {
        guard !function.parameters.contains(where: { $0.name.hasPrefix("argument ") }) else { return "" }
        let parameters = function.parameters.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        return ": \(name)(\(parameters.joined(separator: ", ")))"
    }

    private mutating func checkOptions(
        _ fields: [LuaField], _ name: String, _ function: ScriptVocabulary.Function, allNamed: Bool, at offset: Int
    ) {
        let known = (allNamed ? function.parameters : []) + function.options
        var given: Set<String> = []
        for field in fields {
            guard case .name(let key, let place) = field.key else {
                // A key that is computed, or values by place: what they are is known only when it runs.
                if case .place = field.key, !allNamed {
                    note(field.value.offset, "'\(name)' takes its options by name, found one without")
                }
                if case .place = field.key { given.formUnion(function.parameters.map(\.name)) }
                continue
            }
            given.insert(key)
            guard let parameter = known.first(where: { $0.name == key }) else {
                let names = known.map(\.name)
                let list = names.isEmpty ? "" : ", it has \(names.joined(separator: ", "))"
                note(place, "'\(name)' has no option '\(key)'\(Self.unitHint(key, among: names) ?? list)")
                continue
            }
            check(field.value, name, parameter)
        }
        guard allNamed else { return }
        for parameter in function.parameters where !parameter.isOptional && !given.contains(parameter.name) {
            note(offset, "'\(name)' needs '\(parameter.name)'\(Self.usage(name, function))")
            return
        }
    }

    /// A name that lacks its unit, or has another one, is the commonest slip: `yaw` for `yaw_deg`.
    private static func unitHint(_ key: String, among known: [String]) -> String? {
        let stem = key.split(separator: "_").first.map(String.init) ?? key
        if let meant = known.first(where: { $0 != key && $0.hasPrefix(stem + "_") }) {
            return "; did you mean '\(meant)'?"
        }
        return NearestName.to(key, among: known).map { "; did you mean '\($0)'?" }
    }

    private mutating func check(
        _ argument: LuaExpression, _ name: String, _ parameter: ScriptVocabulary.Parameter
    ) {
        guard let value = argument.constant else { return }
        if value == .null, parameter.isOptional { return }
        guard parameter.kinds.isEmpty || parameter.kinds.contains(where: { value.matches($0) }) else {
            let expected = parameter.kinds.map(Self.text).joined(separator: " or ")
            return note(
                argument.offset, "'\(parameter.name)' of '\(name)': found \(value.description), expected \(expected)")
        }
        switch value {
        case .number(let number):
            guard let range = parameter.range, !range.contains(number) else { return }
            let lower = LuaConstant.text(range.lowerBound)
            let upper = LuaConstant.text(range.upperBound)
            let found = number.isNaN ? "nan" : LuaConstant.text(number)
            let expected = range.upperBound == .infinity ? "at least \(lower)" : "\(lower) to \(upper)"
            note(argument.offset, "'\(parameter.name)' of '\(name)': found \(found), expected \(expected)")
        case .text(let text): checkText(text, argument.offset, parameter)
        case .table: checkMembers(argument, name, parameter)
        default: return
        }
    }

    /// What a table that is written out holds, as far as it says so.
    private mutating func checkMembers(
        _ argument: LuaExpression, _ name: String, _ parameter: ScriptVocabulary.Parameter
    ) {
        guard case .table(let fields) = argument.kind, let members = parameter.members else { return }
        for field in fields {
            switch members {
            case .texts(let known):
                check(field.value, name, .init(parameter.name, [.text]))
                guard case .text(let text)? = field.value.constant, !known.contains(text) else { continue }
                note(
                    field.value.offset,
                    "'\(parameter.name)' of '\(name)' has no '\(text)', expected some of "
                        + known.joined(separator: ", "))
            case .numbers(let ranges):
                guard case .name(let key, let place) = field.key else { continue }
                guard let range = ranges[key] else {
                    note(place, "'\(parameter.name)' of '\(name)' has no '\(key)'\(Self.hint(key, among: ranges.keys))")
                    continue
                }
                check(field.value, name, .init(key, [.number], in: range))
            }
        }
    }

    private mutating func checkText(_ text: String, _ offset: Int, _ parameter: ScriptVocabulary.Parameter) {
        // A text that may be anything, too, is not held to a set.
        guard !parameter.kinds.contains(.text) else { return }
        for case .name(let set) in parameter.kinds {
            guard let known = vocabulary.names[set], !known.contains(text) else { return }
            if set == "event" {
                guard !names.emitted.contains(text) else { return }
                let near = NearestName.to(text, among: known.union(names.emitted))
                guard let near else {
                    return warn(offset, "nothing here emits the event '\(text)'; does another script?")
                }
                return note(offset, "there is no event '\(text)'; did you mean '\(near)'?")
            }
            let list = known.count <= 12 ? ", expected one of \(known.sorted().joined(separator: ", "))" : ""
            let hint = NearestName.to(text, among: known).map { "; did you mean '\($0)'?" }
            return note(offset, "there is no \(set) '\(text)'\(hint ?? list)")
        }
    }

    /// A handler that takes more values than its event hands out.
    private mutating func checkHandler(_ arguments: [LuaExpression], _ function: ScriptVocabulary.Function) {
        guard let eventPlace = function.parameters.firstIndex(where: { $0.kinds.contains(.name(of: "event")) }),
            let handlerPlace = function.parameters.firstIndex(where: { $0.kinds.contains(.function) }),
            arguments.indices.contains(eventPlace), arguments.indices.contains(handlerPlace),
            case .text(let event)? = arguments[eventPlace].constant, let values = vocabulary.eventValues[event],
            let handler = names.function(arguments[handlerPlace]), handler.parameters.count > values
        else { return }
        let handed = values == 0 ? "nothing" : values == 1 ? "one value" : "\(values) values"
        warn(
            arguments[handlerPlace].offset,
            "the event '\(event)' hands over \(handed), the handler takes \(handler.parameters.count)")
    }

    private static func text(_ kind: ScriptVocabulary.Kind) -> String {
        switch kind {
        case .number: "a number"
        case .text: "a text"
        case .boolean: "true or false"
        case .table: "a table"
        case .function: "a function"
        case .name(let set): "the name of \("aeiou".contains(set.prefix(1)) ? "an" : "a") \(set)"
        }
    }

    private static func hint(_ name: String, among known: some Sequence<String>) -> String {
        NearestName.to(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
    }
}

extension LuaExpression {
    /// Whether it may be more or fewer than one value where it stands last.
    var mayBeSeveral: Bool {
        switch kind {
        case .vararg: return true
        case .suffixed(_, let suffixes):
            switch suffixes.last?.kind {
            case .call, .method: return true
            default: return false
            }
        default: return false
        }
    }
}
