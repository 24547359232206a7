extension Topic {
    /// The table of published topics in Markdown, and a list of each one's keys.
    public static var markdown: String {
        let rows = all.map { topic in
            "| `\(topic.name)` | \(topic.rate) | \(topic.isRetained ? "yes" : "no") | \(topic.quality) | \(topic.summary) |"
        }
        let sections = all.filter { !$0.fields.isEmpty }.map { topic in
            "**`\(topic.name)`**\(topic.mayBeCBOR ? " (CBOR on `\(topic.name)/cbor`)" : "")\n\n"
                + topic.fields.map { "- `\($0.key)`: \($0.summary)" }.joined(separator: "\n")
        }
        return (["| topic | when | retained | QoS | what it says |", "|---|---|---|---|---|"] + rows)
            .joined(separator: "\n") + "\n\n" + sections.joined(separator: "\n\n") + "\n"
    }
}

extension Topic.Rate: CustomStringConvertible {
    public var description: String {
        func text(_ hertz: Double) -> String { Int(exactly: hertz).map(String.init) ?? String(hertz) }
        return switch self {
        case .hertz(let hertz): "\(text(hertz)) Hz"
        case .change: "at a change"
        case .changeOrHertz(let hertz): "at a change, and \(text(hertz)) Hz"
        case .occurrence: "as it happens"
        }
    }
}
