extension ScriptVocabulary {
    /// What every script has: Lua's library, the verbs and the facts. Names of gestures and expressions are checked where
    /// the library is known.
    public static let standard = ScriptVocabulary(library: nil)

    public init(library: GestureLibrary?) {
        var globals = Self.lua
        for verb in VerbTable.verbs { globals[verb.name] = .function(Self.function(verb)) }
        let waiting = VerbTable.verbs.filter(\.waits).map { verb in
            var function = Self.function(verb)
            function.waits = false
            return (verb.name, Entry.function(function))
        }
        globals["async"] = .table(Dictionary(uniqueKeysWithValues: waiting), isOpen: false)
        globals["person"] = Self.facts(VerbTable.personFacts)
        globals["robot"] = Self.facts(VerbTable.robotFacts)
        globals["config"] = .table([:], isOpen: true)
        globals["persistent"] = .table([:], isOpen: true)
        var names: [String: Set<String>] = [
            "event": Set(VerbTable.events.map(\.name)), "side": ["left", "right"],
        ]
        if let library {
            names["gesture"] = Set(library.gestures.keys)
            names["expression"] = Set(library.expressions.keys)
        }
        self.init(
            globals: globals, names: names,
            eventValues: Dictionary(uniqueKeysWithValues: VerbTable.events.map { ($0.name, 0) }),
            absent: Self.absentInScripts)
    }

    private static func function(_ verb: Verb) -> Function {
        Function(
            verb.parameters.map { parameter in
                Parameter(
                    parameter.name, parameter.kinds, in: parameter.range, of: parameter.members,
                    isOptional: parameter.fallback != .required)
            }, isVariadic: verb.isVariadic, takesTable: verb.takesTable, waits: verb.waits)
    }

    private static func facts(_ facts: [VerbTable.Fact]) -> Entry {
        .table(
            Dictionary(
                uniqueKeysWithValues: facts.map { fact in
                    let isTable = fact.type.hasPrefix("{")
                    let angles = ["yaw_deg", "pitch_deg", "roll_deg"].map { ($0, Entry.value) }
                    return (
                        fact.name, isTable ? .table(Dictionary(uniqueKeysWithValues: angles), isOpen: false) : .value
                    )
                }), isOpen: false)
    }
}
