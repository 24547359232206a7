extension Command.Specification {
    /// Whether the command is a verb below `command/` on a broker; status and events are topics of their own there, and
    /// recordings are files on the controller's machine.
    public var isOnBroker: Bool { ![.status, .events, .startRecording, .stopRecording].contains(kind) }
}

extension Command {
    /// The verbs that a broker's clients may use.
    public static let brokerSpecifications = specifications.filter(\.isOnBroker)

    /// The table of verbs in Markdown, for the documentation.
    public static var brokerTable: String {
        let rows = brokerSpecifications.map { specification in
            let fields = specification.fields.map { field in
                "`\(field.key)` (\(field.expectation)\(field.fallback == nil ? "" : ", may be left out"))"
            }
            return "| `command/\(specification.name)` | \(fields.joined(separator: ", ")) "
                + "| \(specification.authority.rawValue) | \(specification.summary) |"
        }
        return (["| topic | keys of the payload | authority | what it does |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n") + "\n"
    }
}
