/// The arguments of a verb by name: one table, or values in their order.
struct VerbArguments {
    let call: VerbCall
    private let names: [String]
    private let table: LuaValue?

    /// What is wrong with an argument, as the script is told.
    struct Problem: Error {
        let message: String
    }

    init(_ call: VerbCall, _ verb: String, _ names: [String]) throws(Problem) {
        self.call = call
        self.names = names
        if call.arguments.count == 1, case .table(let entries) = call.arguments[0],
            entries.allSatisfy({ $0.key.string != nil }),
            !entries.isEmpty || names.isEmpty
        {
            table = call.arguments[0]
            for entry in entries where !names.contains(entry.key.string ?? "") {
                throw Problem(
                    message: "\(verb): there is no \(entry.key.string ?? ""), expected \(names.joined(separator: ", "))"
                )
            }
        } else {
            table = nil
            guard call.arguments.count <= names.count else {
                throw Problem(
                    message: "\(verb): found \(call.arguments.count) values, expected at most \(names.count): "
                        + names.joined(separator: ", "))
            }
        }
        self.verb = verb
    }

    private let verb: String

    private func value(_ name: String) -> LuaValue? {
        if let table {
            guard let value = table[name], value != .none else { return nil }
            return value
        }
        return names.firstIndex(of: name).flatMap { call.argument($0) }
    }

    func number(_ name: String, _ range: ClosedRange<Double>, default fallback: Double? = nil) throws(Problem) -> Double
    {
        guard let value = value(name) else {
            if let fallback { return fallback }
            throw Problem(message: "\(verb): \(name) is missing, expected a number")
        }
        guard let number = value.double, range.contains(number) else {
            let found = value.double != nil ? ScriptHost.text(value) : "a \(value.kind)"
            throw Problem(
                message: "\(verb): \(name) is \(found), expected a number from \(plain(range.lowerBound)) to "
                    + plain(range.upperBound))
        }
        return number
    }

    private func plain(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    func text(_ name: String, default fallback: String? = nil) throws(Problem) -> String {
        guard let value = value(name) else {
            if let fallback { return fallback }
            throw Problem(message: "\(verb): \(name) is missing, expected a text")
        }
        guard let text = value.string else {
            throw Problem(message: "\(verb): \(name) is a \(value.kind), expected a text")
        }
        return text
    }

    func flag(_ name: String, default fallback: Bool) throws(Problem) -> Bool {
        guard let value = value(name) else { return fallback }
        guard case .boolean(let flag) = value else {
            throw Problem(message: "\(verb): \(name) is a \(value.kind), expected true or false")
        }
        return flag
    }
}
