@testable import Behaviour

extension ScriptVocabulary {
    /// A few verbs of every kind there is, so that the check is tested whatever the host's own table holds.
    static let sample = ScriptVocabulary(
        globals: lua.merging([
            "wait": .function(Function([Parameter("seconds", [.number], in: 0...3600)], waits: true)),
            "wait_until": .function(
                Function(
                    [
                        Parameter("what", [.name(of: "event"), .function]),
                        Parameter("timeout", [.number], in: 0...(.infinity), isOptional: true),
                    ], waits: true)),
            "nod": .function(
                Function(
                    [
                        Parameter("times", [.number], in: 1...10, isOptional: true),
                        Parameter("amplitude_deg", [.number], in: 0...30, isOptional: true),
                    ], options: [Parameter("async", [.boolean], isOptional: true)], takesTable: true, waits: true)),
            "look_at": .function(
                Function(
                    [
                        Parameter("yaw_deg", [.number], in: -60...60),
                        Parameter("pitch_deg", [.number], in: -40...40, isOptional: true),
                    ], options: [Parameter("async", [.boolean], isOptional: true)], takesTable: true, waits: true)),
            "gesture": .function(
                Function(
                    [
                        Parameter("name", [.name(of: "gesture")]),
                        Parameter("strength", [.number], in: 0...2, isOptional: true),
                    ], waits: true)),
            "stop": .function(Function([Parameter("layer", [.name(of: "layer")], isOptional: true)])),
            "say": .function(Function([Parameter("text", [.text])], waits: true)),
            "on": .function(Function([Parameter("event", [.name(of: "event")]), Parameter("handler", [.function])])),
            "every": .function(Function([Parameter("seconds", [.number]), Parameter("handler", [.function])])),
            "emit": .function(Function([Parameter("event", [.text])], isVariadic: true)),
            "log": .function(Function(isVariadic: true)),
            "parallel": .function(Function(isVariadic: true, waits: true)),
            "person": .table(
                ["present": .value, "smiling": .value, "head": .table(["yaw_deg": .value], isOpen: false)],
                isOpen: false),
            "config": .table([:], isOpen: true),
        ]) { $1 },
        names: [
            "gesture": ["nod", "big_smile", "thoughtful"], "layer": ["idle", "gaze", "gesture"],
            "event": ["person_arrived", "person_left", "smile_began"],
        ],
        eventValues: ["person_arrived": 1, "person_left": 0],
        absent: absentInScripts)
}
