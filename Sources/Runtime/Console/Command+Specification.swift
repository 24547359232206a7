extension Command {
    /// A command's name and fields: the one table that decoding, the JSON schema and the documentation read.
    public struct Specification: Sendable {
        enum Kind: Sendable {
            case emergencyStop, clear, gesture, expression, say, intensity, mode, parameter, startScript, stopScript,
                reloadScript
            case evaluate, startRecording, stopRecording, status, events
        }

        public struct Field: Sendable {
            public enum Kind: Sendable {
                /// A text of at most so many bytes.
                case text(longest: Int)
                case number(ClosedRange<Double>)
            }
            public let key: String
            public let kind: Kind
            /// What is taken when the field is not given; nil where it must be.
            public let fallback: Scalar?
            public let summary: String

            static func text(
                _ key: String, longest: Int = 200, else fallback: Scalar? = nil, _ summary: String
            ) -> Field {
                Field(key: key, kind: .text(longest: longest), fallback: fallback, summary: summary)
            }

            static func number(
                _ key: String, _ range: ClosedRange<Double>, else fallback: Double? = nil, _ summary: String
            ) -> Field {
                Field(key: key, kind: .number(range), fallback: fallback.map { .number($0) }, summary: summary)
            }
        }

        let kind: Kind
        public let name: String
        public let authority: Authority
        public let summary: String
        public let fields: [Field]

        init(
            _ kind: Kind, _ name: String, _ authority: Authority, _ summary: String, _ fields: [Field] = []
        ) {
            self.kind = kind
            self.name = name
            self.authority = authority
            self.summary = summary
            self.fields = fields
        }
    }

    /// Every command there is.
    public static let specifications: [Specification] = [
        Specification(.emergencyStop, "emergency_stop", .anybody, "Brake every actuator to rest and hold it there."),
        Specification(.clear, "clear", .operator, "Let go of the emergency stop."),
        Specification(
            .gesture, "gesture", .steering, "Play a gesture of the library.",
            [
                .text("name", "The gesture's name."),
                .number("strength", 0...2, else: 1, "A multiplier of its size."),
                .number("duration", 0.25...4, else: 1, "A multiplier of its length."),
            ]),
        Specification(
            .expression, "expression", .steering, "Show an expression, then let go of it.",
            [
                .text("name", "The expression's name."),
                .number("intensity", 0...1, else: 1, "How strongly."),
                .number("hold_s", 0...3600, else: 2, "For how long, in seconds."),
            ]),
        Specification(
            .say, "say", .steering, "Say something.", [.text("text", longest: 2000, "What to say.")]),
        Specification(
            .intensity, "intensity", .steering, "Set how large motion is as a whole.",
            [.number("value", 0...2, "0 is still, 1 is as it was made.")]),
        Specification(
            .mode, "mode", .steering, "Set what the face may do by itself.",
            [.text("name", "`auto`, `idle` (never listens) or `neutral` (the relaxed face).")]),
        Specification(
            .parameter, "parameter", .steering, "Set a number of the behaviour.",
            [
                .text("name", "blink_rate (a minute), habits (0 or 1), mirror_delay_s or mirror_gain."),
                .number("value", -1e6...1e6, "Its value; each parameter has its own range."),
            ]),
        Specification(
            .startScript, "script_start", .steering, "Start a script.",
            [.text("file", longest: 1000, "The script's file, or its name in Scripts/.")]),
        Specification(
            .stopScript, "script_stop", .steering, "Stop a script; its layers fade out.",
            [.text("name", "The script's name.")]),
        Specification(
            .reloadScript, "script_reload", .steering, "Load a script's file anew.",
            [.text("name", "The script's name.")]),
        Specification(
            .evaluate, "eval", .operator, "Run a line of Lua in the console's own script.",
            [.text("source", longest: 32 << 10, "The line.")]),
        Specification(
            .startRecording, "record_start", .operator, "Record the run from here on.",
            [
                .text(
                    "file", longest: 1000, else: .null,
                    "The MCAP file, a path from the root; without it a new one in the folder of --recordings.")
            ]),
        Specification(.stopRecording, "record_stop", .operator, "End the recording."),
        Specification(.status, "status", .anybody, "Say how the controller stands."),
        Specification(.events, "events", .anybody, "Send events from here on, one a line."),
    ]

    /// The entry of the table that is this command's.
    public var specification: Specification {
        let kind: Specification.Kind =
            switch self {
            case .emergencyStop: .emergencyStop
            case .clear: .clear
            case .gesture: .gesture
            case .expression: .expression
            case .say: .say
            case .intensity: .intensity
            case .mode: .mode
            case .parameter: .parameter
            case .startScript: .startScript
            case .stopScript: .stopScript
            case .reloadScript: .reloadScript
            case .evaluate: .evaluate
            case .startRecording: .startRecording
            case .stopRecording: .stopRecording
            case .status: .status
            case .events: .events
            }
        // The table has an entry for every kind, which a test holds it to.
        return Self.specifications.first { $0.kind == kind } ?? Self.specifications[0]
    }
}

extension Command.Specification {
    /// The fields with what was not given filled in; throws for the first that is wrong.
    func checked(_ given: [String: Scalar]) throws(Command.Problem) -> [String: Scalar] {
        for key in given.keys.sorted() where key != "command" && !fields.contains(where: { $0.key == key }) {
            throw .unknownKey(key, command: name, known: fields.map(\.key))
        }
        var values: [String: Scalar] = [:]
        for field in fields { values[field.key] = try field.checked(given[field.key]) }
        return values
    }
}

extension Command.Specification.Field {
    /// What is expected, in words.
    public var expectation: String {
        switch kind {
        case .text(let longest): "a text of 1 to \(longest) bytes"
        case .number(let range): "a number from \(Self.text(range.lowerBound)) to \(Self.text(range.upperBound))"
        }
    }

    private static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? String(value) }

    func checked(_ given: Scalar?) throws(Command.Problem) -> Scalar {
        guard let given, given != .null else {
            guard let fallback else { throw .missing(key: key, expected: expectation) }
            return fallback
        }
        switch (kind, given) {
        case (.text(let longest), .text(let text)):
            guard !text.isEmpty, text.utf8.count <= longest, !text.utf8.contains(0) else {
                let found = text.isEmpty ? "an empty text" : "a text of \(text.utf8.count) bytes"
                throw .outOfRange(key: key, found: found, expected: expectation)
            }
        case (.number(let range), .number(let number)):
            guard range.contains(number) else {
                throw .outOfRange(key: key, found: Self.text(number), expected: expectation)
            }
        default: throw .wrongKind(key: key, found: given.kind, expected: expectation)
        }
        return given
    }
}
