/// The reference of all verbs, as people read it and as editors do; both are made from the table, and a test holds the
/// files in `Scripts/` to it.
public struct VerbReference {
    private let library: GestureLibrary

    /// - Parameter library: the gestures and expressions that there are.
    public init(_ library: GestureLibrary) { self.library = library }

    private var gestures: [(name: String, summary: String)] {
        library.gestures.map { ($0.key, $0.value.summary) }.sorted { $0.0 < $1.0 }
    }

    private var expressions: [String] { library.expressions.keys.sorted() }

    /// The part of `Scripts/README.md` below its marker.
    public var markdown: String {
        var text = ""
        for group in Verb.Group.allCases {
            text += "### \(group.rawValue)\n\n| Call | What it does | Parameters |\n|---|---|---|\n"
            for verb in VerbTable.verbs where verb.group == group {
                let rows = verb.parameters.map { "`\($0.name)` \(Self.phrase($0))" }
                let given = verb.result.map { " Gives \($0.summary)." } ?? ""
                let summary = verb.summary + given + (verb.waits ? "" : " Does not wait.")
                text +=
                    "| `\(Self.cell(verb.example))` | \(Self.cell(summary)) | \(Self.cell(rows.joined(separator: "<br>"))) |\n"
            }
            text += "\n"
        }
        text += "### Facts\n\n| Name | Type | What it is |\n|---|---|---|\n"
        for (table, facts) in [("person", VerbTable.personFacts), ("robot", VerbTable.robotFacts)] {
            for fact in facts {
                text += "| `\(table).\(fact.name)` | `\(Self.cell(fact.type))` | \(Self.cell(fact.summary)) |\n"
            }
        }
        for table in VerbTable.tables {
            text += "| `\(table.name)` | `\(Self.cell(table.type))` | \(Self.cell(table.summary)) |\n"
        }
        text += "\n### Events\n\n| Name | When |\n|---|---|\n"
        for event in VerbTable.events { text += "| `\(event.name)` | \(event.summary) |\n" }
        text += "\n### Gestures and expressions\n\n| Gesture | What it is |\n|---|---|\n"
        for gesture in gestures { text += "| `\(gesture.name)` | \(Self.cell(gesture.summary)) |\n" }
        text += "\nExpressions: \(expressions.map { "`\($0)`" }.joined(separator: ", ")).\n"
        text += "\n### Layers\n\n| Layer | Priority | Moves | Attack | Release |\n|---|---|---|---|---|\n"
        for layer in Layer.standard {
            let claims = ChannelGroup.allCases.filter(layer.claims.contains).map(\.rawValue).joined(separator: ", ")
            text += "| `\(layer.name)` | \(layer.priority) | \(claims) | \(layer.attack) s | \(layer.release) s |\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|").replacing("\n", with: " ") }

    private static func phrase(_ parameter: Verb.Parameter) -> String {
        var facts: [String] = []
        if let range = parameter.range, range.upperBound.isFinite, range.upperBound < 1e9 {
            facts.append("\(plain(range.lowerBound)) to \(plain(range.upperBound))")
        }
        switch parameter.fallback {
        case .required: facts.append("needed")
        case .absent: break
        case .number(let value): facts.append("otherwise \(plain(value))")
        case .text(let text): facts.append("otherwise \"\(text)\"")
        case .flag(let flag): facts.append("otherwise \(flag)")
        }
        return parameter.summary + (facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))")
    }

    static func plain(_ value: Double) -> String {
        guard value.isFinite else { return "no end" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }

    /// `Scripts/mien.d.lua`: the types of everything, for the Lua language server.
    public var types: String {
        var text = """
            ---@meta mien
            -- Made by `mien script reference --types`: what Mien's scripts can say, for editors with the Lua language server.


            """
        for verb in VerbTable.verbs {
            text += Self.annotations(verb) + "function \(verb.name)(\(Self.names(verb))) end\n\n"
        }
        text += "---@class Async\n"
        for verb in VerbTable.verbs where verb.waits {
            text += "---@field \(verb.name) fun(...): Handle \(verb.summary)\n"
        }
        text += """
            async = {}

            ---@class Handle
            local handle = {}
            ---Waits until it is done.
            function handle:wait() end
            ---Ends it; its motion eases out.
            function handle:cancel() end
            ---@return boolean
            function handle:running() end


            """
        for (name, facts) in [("Person", VerbTable.personFacts), ("Robot", VerbTable.robotFacts)] {
            text += "---@class \(name)\n"
            for fact in facts { text += "---@field \(fact.name) \(fact.type) \(fact.summary)\n" }
            text += "\(name.lowercased()) = {}\n\n"
        }
        text += "---\(VerbTable.tables.first { $0.name == "config" }?.summary ?? "")\n"
        text += "---@type table<string, string|number|boolean>\nconfig = {}\n\n"
        text += "---\(VerbTable.tables.first { $0.name == "persistent" }?.summary ?? "")\n"
        text += "---@type table\npersistent = {}\n\n---@alias Event\n"
        for event in VerbTable.events { text += "---| \"\(event.name)\" # \(event.summary)\n" }
        text += "---| string\n\n---@alias Layer\n"
        for layer in Layer.standard { text += "---| \"\(layer.name)\"\n" }
        text += "---| string\n\n---@alias Gesture\n"
        for gesture in gestures { text += "---| \"\(gesture.name)\" # \(gesture.summary)\n" }
        text += "---| string\n\n---@alias Expression\n"
        for name in expressions { text += "---| \"\(name)\"\n" }
        return text + "---| string\n"
    }

    private static func annotations(_ verb: Verb) -> String {
        var text = "---\(verb.summary)\n---\n---Example: `\(verb.example)`\n"
        for parameter in verb.parameters {
            let mark = parameter.fallback == .required ? "" : "?"
            text += "---@param \(parameter.name)\(mark) \(type(parameter)) \(phrase(parameter))\n"
        }
        if verb.isVariadic { text += "---@param ... any\n" }
        if let result = verb.result { text += "---@return \(result.type) # \(result.summary)\n" }
        if verb.takesTable, !verb.parameters.isEmpty {
            let fields = verb.parameters.map { parameter in
                "\(parameter.name)\(parameter.fallback == .required ? "" : "?"): \(type(parameter))"
            }
            text += "---@overload fun(options: {\(fields.joined(separator: ", "))})\n"
        }
        return text
    }

    private static func type(_ parameter: Verb.Parameter) -> String {
        guard !parameter.kinds.isEmpty else { return "any" }
        return parameter.kinds.map { kind in
            switch kind {
            case .number: "number"
            case .text: "string"
            case .boolean: "boolean"
            case .table: "table"
            case .function: "function"
            case .name(of: "event"): "Event"
            case .name(of: "layer"): "Layer"
            case .name(of: "gesture"): "Gesture"
            case .name(of: "expression"): "Expression"
            case .name(of: "side"): "\"left\"|\"right\""
            case .name: "string"
            }
        }.joined(separator: "|")
    }

    private static func names(_ verb: Verb) -> String {
        (verb.parameters.map(\.name) + (verb.isVariadic ? ["..."] : [])).joined(separator: ", ")
    }
}
