extension ScriptVocabulary {
    /// The verbs, facts and layers that every script has.
    public static let standard: ScriptVocabulary = {
        let seconds = Parameter("seconds", [.number], in: 0...(.infinity))
        let optionalSeconds = Parameter("seconds", [.number], in: 0...(.infinity), isOptional: true)
        let strength = Parameter("strength", [.number], in: 0...2, isOptional: true)
        func open(waits: Bool) -> Entry { .function(Function(isVariadic: true, waits: waits)) }
        func verb(_ parameters: [Parameter], waits: Bool = true) -> Entry {
            .function(Function(parameters, isVariadic: waits, waits: waits))
        }
        var globals = lua
        for name in [
            "look_at", "glance", "gaze_away", "attend", "nod", "shake", "tilt", "blink", "wink", "play", "parallel",
            "sequence", "race", "repeat_",
        ] {
            globals[name] = open(waits: true)
        }
        for name in ["listen", "idle", "mirror", "state", "random", "log", "async"] {
            globals[name] = open(waits: false)
        }
        globals["smile"] = verb([Parameter("intensity", [.number], in: 0...1, isOptional: true), optionalSeconds])
        globals["expression"] = verb([
            Parameter("name", [.name(of: "expression")]),
            Parameter("intensity", [.number], in: 0...1, isOptional: true),
        ])
        globals["gesture"] = verb([Parameter("name", [.name(of: "gesture")]), strength])
        globals["say"] = verb([Parameter("text", [.text])])
        globals["wait"] = .function(Function([seconds], waits: true))
        globals["wait_until"] = .function(
            Function(
                [
                    Parameter("condition", [.name(of: "event"), .function]),
                    Parameter("timeout", [.number, .table], in: 0...(.infinity), isOptional: true),
                ], waits: true))
        globals["on"] = .function(
            Function([Parameter("event", [.name(of: "event")]), Parameter("handler", [.function])], isVariadic: true))
        globals["every"] = .function(Function([seconds, Parameter("handler", [.function])], isVariadic: true))
        globals["stop"] = .function(Function([Parameter("layer", [.name(of: "layer")], isOptional: true)]))
        globals["emit"] = .function(Function([Parameter("event", [.text])], isVariadic: true))
        globals["clock"] = .function(Function())
        for name in ["person", "robot", "config"] { globals[name] = .table([:], isOpen: true) }
        return ScriptVocabulary(
            globals: globals,
            names: [
                "layer": ["idle", "blink", "gaze", "listening", "speaking", "gesture", "expression", "mirror"]
            ],
            absent: absentInScripts)
    }()
}
