/// One verb as scripts, editors, the check and the reference know it: the one place where its name, parameters, ranges and
/// defaults are written.
public struct Verb: Sendable {
    /// Where it stands in the reference.
    public enum Group: String, Sendable, CaseIterable {
        case head = "Head and gaze"
        case face = "Face"
        case attitude = "Attitude and layers"
        case time = "Time and events"
        case flow = "Several things at once"
        case other = "The rest"
    }

    /// What a parameter is when it is left out.
    public enum Fallback: Sendable, Equatable {
        /// It cannot be left out.
        case required
        /// Leaving it out means something of its own, which the summary says.
        case absent
        case number(Double)
        case text(String)
        case flag(Bool)
    }

    public struct Parameter: Sendable {
        public let name: String
        public let kinds: [ScriptVocabulary.Kind]
        public let range: ClosedRange<Double>?
        public let fallback: Fallback
        /// A phrase: what it is, with its unit.
        public let summary: String
        /// What a table may hold; nil for anything.
        public var members: ScriptVocabulary.Members?
    }

    public let name: String
    public let group: Group
    public let parameters: [Parameter]
    /// Whether further arguments may follow.
    public let isVariadic: Bool
    /// Whether calling it lets time pass.
    public let waits: Bool
    /// The type of what it gives back as LuaLS writes it, and what that is; nil for nothing.
    public let result: (type: String, summary: String)?
    /// A sentence or two.
    public let summary: String
    public let example: String

    init(
        _ name: String, _ group: Group, _ parameters: [Parameter] = [], isVariadic: Bool = false, waits: Bool = false,
        result: (type: String, summary: String)? = nil, _ summary: String, example: String
    ) {
        self.name = name
        self.group = group
        self.parameters = parameters
        self.isVariadic = isVariadic
        self.waits = waits
        self.result = result
        self.summary = summary
        self.example = example
    }

    /// Whether its parameters may be given by name in one table.
    public var takesTable: Bool { [.head, .face, .attitude].contains(group) }

    public func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

extension Verb.Parameter {
    static func number(
        _ name: String, _ range: ClosedRange<Double>, _ fallback: Double?, _ summary: String
    ) -> Self {
        Self(
            name: name, kinds: [.number], range: range, fallback: fallback.map(Verb.Fallback.number) ?? .required,
            summary: summary)
    }

    /// A number that may be left out, which means something of its own.
    static func optionalNumber(_ name: String, _ range: ClosedRange<Double>, _ summary: String) -> Self {
        Self(name: name, kinds: [.number], range: range, fallback: .absent, summary: summary)
    }

    static func text(_ name: String, _ summary: String) -> Self {
        Self(name: name, kinds: [.text], range: nil, fallback: .required, summary: summary)
    }

    static func text(_ name: String, _ fallback: String, _ summary: String) -> Self {
        Self(name: name, kinds: [.text], range: nil, fallback: .text(fallback), summary: summary)
    }

    static func name(_ name: String, of set: String, _ fallback: Verb.Fallback = .required, _ summary: String) -> Self {
        Self(name: name, kinds: [.name(of: set)], range: nil, fallback: fallback, summary: summary)
    }

    static func flag(_ name: String, _ fallback: Bool, _ summary: String) -> Self {
        Self(name: name, kinds: [.boolean], range: nil, fallback: .flag(fallback), summary: summary)
    }

    static func table(
        _ name: String, _ fallback: Verb.Fallback = .required, of members: ScriptVocabulary.Members? = nil,
        _ summary: String
    ) -> Self {
        Self(name: name, kinds: [.table], range: nil, fallback: fallback, summary: summary, members: members)
    }

    static func function(_ name: String, _ fallback: Verb.Fallback = .required, _ summary: String) -> Self {
        Self(name: name, kinds: [.function], range: nil, fallback: fallback, summary: summary)
    }

    static func any(_ name: String, _ fallback: Verb.Fallback = .absent, _ summary: String) -> Self {
        Self(name: name, kinds: [], range: nil, fallback: fallback, summary: summary)
    }
}
