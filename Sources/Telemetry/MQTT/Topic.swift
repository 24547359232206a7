/// A topic that a robot publishes under `mien/<robot-id>/`: one row of the table that the bridge, its tests and
/// `Documentation/mqtt.md` read.
public struct Topic: Sendable, Equatable {
    /// When it is published.
    public enum Rate: Sendable, Equatable {
        /// Times a second, unless the user or a budget says fewer.
        case hertz(Double)
        /// At a change, and each time the broker is connected anew.
        case change
        /// At a change, and at least so often a second.
        case changeOrHertz(Double)
        /// Each time something happens.
        case occurrence
    }

    /// A key of the payload, its unit and meaning.
    public struct Field: Sendable, Equatable {
        public let key: String
        public let summary: String

        init(_ key: String, _ summary: String) {
            self.key = key
            self.summary = summary
        }
    }

    /// The part behind `mien/<robot-id>/`.
    public let name: String
    public let rate: Rate
    public let isRetained: Bool
    /// Quality of service: 0 for what the next one replaces, 1 for what must be right.
    public let quality: Int
    /// Whether it may come as CBOR as well, on `<name>/cbor`.
    public let mayBeCBOR: Bool
    /// Keys whose change alone is no reason to publish: times, and what drifts all the time.
    let drifting: Set<String>
    public let summary: String
    /// The keys of the JSON object, in order; empty for a plain text.
    public let fields: [Field]

    init(
        _ name: String, _ rate: Rate, isRetained: Bool = false, quality: Int = 0, mayBeCBOR: Bool = false,
        drifting: Set<String> = ["t_s"],
        _ summary: String, _ fields: [Field] = []
    ) {
        self.name = name
        self.rate = rate
        self.isRetained = isRetained
        self.quality = quality
        self.mayBeCBOR = mayBeCBOR
        self.drifting = drifting
        self.summary = summary
        self.fields = fields
    }

    public static func == (one: Topic, other: Topic) -> Bool { one.name == other.name }
}
