/// What a script may say: the names that the host gives it, with their parameters, and the names that these take.
///
/// It is data, made from the table of verbs, so that the check and the host cannot disagree.
public struct ScriptVocabulary: Sendable {
    /// What kind of value a parameter takes.
    public enum Kind: Sendable, Equatable, Hashable {
        case number, text, boolean, table, function
        /// A text out of a set: `gesture`, `expression`, `layer`, `channel`, `event`, …
        case name(of: String)
    }

    /// What a table given for a parameter may hold.
    public enum Members: Sendable, Equatable {
        /// Texts out of a few.
        case texts([String])
        /// Numbers by name, each in its range.
        case numbers([String: ClosedRange<Double>])
    }

    /// A parameter, by place or as a field of a table of options.
    public struct Parameter: Sendable {
        public var name: String
        /// Any of these will do; empty for anything at all.
        public var kinds: [Kind]
        public var range: ClosedRange<Double>?
        /// What a table may hold; nil for anything.
        public var members: Members?
        public var isOptional: Bool

        public init(
            _ name: String, _ kinds: [Kind] = [], in range: ClosedRange<Double>? = nil, of members: Members? = nil,
            isOptional: Bool = false
        ) {
            self.name = name
            self.kinds = kinds
            self.range = range
            self.members = members
            self.isOptional = isOptional
        }
    }

    public struct Function: Sendable {
        public var parameters: [Parameter]
        /// Options beside the parameters, given by name in a table only.
        public var options: [Parameter]
        public var isVariadic: Bool
        /// Whether parameters may be given by name in one table: `nod{times = 2}`.
        public var takesTable: Bool
        /// Whether calling it lets time pass.
        public var waits: Bool
        /// Whether it comes back; `error` does not.
        public var returns: Bool

        public init(
            _ parameters: [Parameter] = [], options: [Parameter] = [], isVariadic: Bool = false,
            takesTable: Bool = false, waits: Bool = false, returns: Bool = true
        ) {
            self.parameters = parameters
            self.options = options
            self.isVariadic = isVariadic
            self.takesTable = takesTable
            self.waits = waits
            self.returns = returns
        }
    }

    /// What a name is.
    public indirect enum Entry: Sendable {
        case value
        case function(Function)
        /// A table whose fields are known; an open one may have others.
        case table([String: Entry], isOpen: Bool)
    }

    public var globals: [String: Entry]
    /// The texts of each set that a parameter may take: `["gesture": ["nod", …]]`. A set that is not here is not checked.
    public var names: [String: Set<String>]
    /// How many values each event hands to its handlers.
    public var eventValues: [String: Int]
    /// Names that plain Lua has and scripts do not, with what to use instead.
    public var absent: [String: String]

    public init(
        globals: [String: Entry], names: [String: Set<String>] = [:], eventValues: [String: Int] = [:],
        absent: [String: String] = [:]
    ) {
        self.globals = globals
        self.names = names
        self.eventValues = eventValues
        self.absent = absent
    }

    /// The entry that a path of names leads to, for instance `["math", "floor"]`.
    func entry(at path: [String]) -> Entry? {
        var entry: Entry? = path.first.flatMap { globals[$0] }
        for name in path.dropFirst() {
            guard case .table(let fields, _)? = entry else { return nil }
            entry = fields[name]
        }
        return entry
    }
}
