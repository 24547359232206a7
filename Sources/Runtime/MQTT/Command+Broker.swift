extension Command.Specification {
    /// Whether the command is a verb below `command/` on a broker; status and events are topics of their own there.
    public var isOnBroker: Bool { ![.status, .events].contains(kind) }

    /// The fields that a broker's clients may give: where files of the controller's machine lie is not theirs to say.
    var brokerFields: [Field] { kind == .startRecording ? [] : fields }
}

extension Command {
    /// The verbs that a broker's clients may use.
    public static let brokerSpecifications = specifications.filter(\.isOnBroker)

    /// The table of verbs in Markdown, for the documentation.
    public static var brokerTable: String {
        let rows = brokerSpecifications.map { specification in
            let fields = specification.brokerFields.map { field in
                "`\(field.key)` (\(field.expectation)\(field.fallback == nil ? "" : ", may be left out"))"
            }
            return "| `command/\(specification.name)` | \(fields.joined(separator: ", ")) "
                + "| \(specification.authority.rawValue) | \(specification.summary) |"
        }
        return (["| topic | keys of the payload | authority | what it does |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n") + "\n"
    }
}
