/// The arguments of a verb by name, out of one table or by their places, with the ranges and defaults of the verb's table.
struct VerbArguments {
    let call: VerbCall
    private let verb: Verb
    private let table: LuaValue?

    /// What is wrong with an argument, as the script is told.
    struct Problem: Error {
        let message: String
    }

    init(_ call: VerbCall, _ verb: Verb) throws(Problem) {
        self.call = call
        self.verb = verb
        let names = verb.parameters.map(\.name)
        if verb.takesTable, call.arguments.count == 1, case .table(let entries) = call.arguments[0],
            entries.allSatisfy({ $0.key.string != nil }),
            verb.parameters.first?.kinds != [.table] || entries.contains(where: { names.contains($0.key.string ?? "") })
        {
            table = call.arguments[0]
            for entry in entries where !names.contains(entry.key.string ?? "") {
                throw Problem(
                    message: "\(verb.name): there is no \(entry.key.string ?? ""), expected "
                        + names.joined(separator: ", "))
            }
        } else {
            table = nil
            guard call.arguments.count <= names.count else {
                throw Problem(
                    message: "\(verb.name): found \(call.arguments.count) values, expected at most \(names.count): "
                        + names.joined(separator: ", "))
            }
        }
    }

    /// The value of a parameter; nil where it was left out.
    func value(_ name: String) -> LuaValue? {
        if let table {
            guard let value = table[name], value != .none else { return nil }
            return value
        }
        return verb.parameters.firstIndex { $0.name == name }.flatMap { call.argument($0) }
    }

    /// As for an operator's commands: what is said goes to brokers and dashboards.
    private static let longestText = 2000

    private func fallback(_ name: String) -> Verb.Fallback { verb.parameter(name)?.fallback ?? .required }

    private func problem(_ name: String, _ text: String) -> Problem {
        Problem(message: "\(verb.name): \(name) \(text)")
    }

    /// A number in the parameter's range; nil where it was left out and has no default.
    func optionalNumber(_ name: String) throws(Problem) -> Double? {
        guard let value = value(name) else {
            switch fallback(name) {
            case .number(let number): return number
            case .absent: return nil
            default: throw problem(name, "is missing, expected a number")
            }
        }
        let range = verb.parameter(name)?.range ?? -Double.infinity...Double.infinity
        guard let number = value.double, range.contains(number) else {
            let found = value.double != nil ? ScriptHost.text(value) : "a \(value.kind)"
            let bounds = "\(VerbReference.plain(range.lowerBound)) to \(VerbReference.plain(range.upperBound))"
            throw problem(name, "is \(found), expected a number from \(bounds)")
        }
        return number
    }

    func number(_ name: String) throws(Problem) -> Double {
        guard let number = try optionalNumber(name) else { throw problem(name, "is missing, expected a number") }
        return number
    }

    func text(_ name: String) throws(Problem) -> String {
        guard let value = value(name) else {
            if case .text(let text) = fallback(name) { return text }
            throw problem(name, "is missing, expected a text")
        }
        guard let text = value.string else { throw problem(name, "is a \(value.kind), expected a text") }
        guard text.utf8.count <= Self.longestText else {
            throw problem(name, "is \(text.utf8.count) bytes long, expected at most \(Self.longestText)")
        }
        return text
    }

    /// A text out of a set.
    func name(_ name: String, of known: [String]) throws(Problem) -> String {
        let text = try text(name)
        guard known.contains(text) else {
            throw problem(name, "is \"\(text)\", expected one of \(known.sorted().joined(separator: ", "))")
        }
        return text
    }

    func flag(_ name: String) throws(Problem) -> Bool {
        guard let value = value(name) else {
            if case .flag(let flag) = fallback(name) { return flag }
            return false
        }
        guard case .boolean(let flag) = value else {
            throw problem(name, "is a \(value.kind), expected true or false")
        }
        return flag
    }

    /// The entries of a table; nil where it was left out.
    func entries(_ name: String) throws(Problem) -> [LuaValue.Entry]? {
        guard let value = value(name) else {
            if fallback(name) == .absent { return nil }
            throw problem(name, "is missing, expected a table")
        }
        guard case .table(let entries) = value else { throw problem(name, "is a \(value.kind), expected a table") }
        return entries
    }
}
