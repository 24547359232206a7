/// What an operator, a dashboard or a broker asks of a running controller.
///
/// On the wire it is one flat JSON object whose `command` names the case and whose other keys are its fields, as
/// `specifications` lists them: `{"command":"gesture","name":"nod","strength":1.2}`. Decoding checks every field's
/// presence, kind and range; names of gestures, expressions and scripts are checked by whoever performs the command.
public enum Command: Sendable, Equatable {
    /// Latches the emergency stop.
    case emergencyStop
    /// Lets go of the emergency stop: for operators alone.
    case clear
    /// Plays a gesture of the library; strength and duration are multipliers.
    case gesture(name: String, strength: Double, duration: Double)
    /// Shows an expression and, after `hold` seconds, lets go of it.
    case expression(name: String, intensity: Double, hold: Double)
    case say(text: String)
    /// How large motion is as a whole, 0 to 2.
    case intensity(Double)
    /// What the face may do by itself: `auto`, `idle` or `neutral`.
    case mode(name: String)
    /// Sets a number of the behaviour.
    case parameter(name: String, value: Double)
    /// Starts a script from a file.
    case startScript(file: String)
    case stopScript(name: String)
    case reloadScript(name: String)
    /// Runs a line in the console's own script.
    case evaluate(source: String)
    /// Begins a recording of the run from here on, in a file on the controller's machine; without one in a new file of
    /// the controller's own folder for them.
    case startRecording(file: String?)
    case stopRecording
    case status
    /// From here on events are sent as they happen.
    case events

    /// Who may give a command.
    public enum Authority: String, Sendable, Codable {
        /// Whoever can reach the controller.
        case anybody
        /// Whoever may steer it: the socket's owner, or a client that the broker's rules admit.
        case steering
        /// The operator at the machine: the socket's owner.
        case `operator`
    }
}

extension Command: Codable {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.singleValueContainer().decode([String: Scalar].self)
        self = try Command(fields: fields)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(fields)
    }

    /// A command from its fields, `command` among them.
    public init(fields: [String: Scalar]) throws(Problem) {
        guard case .text(let name)? = fields["command"] else {
            throw fields["command"].map {
                .wrongKind(key: "command", found: $0.kind, expected: "a text")
            } ?? .missing(key: "command", expected: "the name of a command")
        }
        guard let specification = Self.specifications.first(where: { $0.name == name }) else {
            throw .unknownCommand(name)
        }
        let values = try specification.checked(fields)
        func text(_ key: String) -> String { if case .text(let value)? = values[key] { value } else { "" } }
        func number(_ key: String) -> Double { if case .number(let value)? = values[key] { value } else { 0 } }
        switch specification.kind {
        case .emergencyStop: self = .emergencyStop
        case .clear: self = .clear
        case .gesture:
            self = .gesture(name: text("name"), strength: number("strength"), duration: number("duration"))
        case .expression:
            self = .expression(name: text("name"), intensity: number("intensity"), hold: number("hold_s"))
        case .say: self = .say(text: text("text"))
        case .intensity: self = .intensity(number("value"))
        case .mode: self = .mode(name: text("name"))
        case .parameter: self = .parameter(name: text("name"), value: number("value"))
        case .startScript: self = .startScript(file: text("file"))
        case .stopScript: self = .stopScript(name: text("name"))
        case .reloadScript: self = .reloadScript(name: text("name"))
        case .evaluate: self = .evaluate(source: text("source"))
        case .startRecording: self = .startRecording(file: values["file"] == .null ? nil : text("file"))
        case .stopRecording: self = .stopRecording
        case .status: self = .status
        case .events: self = .events
        }
    }

    /// Its fields, `command` among them.
    public var fields: [String: Scalar] {
        var fields: [String: Scalar] = ["command": .text(specification.name)]
        switch self {
        case .emergencyStop, .clear, .status, .events, .stopRecording: break
        case .gesture(let name, let strength, let duration):
            fields["name"] = .text(name)
            fields["strength"] = .number(strength)
            fields["duration"] = .number(duration)
        case .expression(let name, let intensity, let hold):
            fields["name"] = .text(name)
            fields["intensity"] = .number(intensity)
            fields["hold_s"] = .number(hold)
        case .say(let text): fields["text"] = .text(text)
        case .intensity(let value): fields["value"] = .number(value)
        case .mode(let name): fields["name"] = .text(name)
        case .parameter(let name, let value):
            fields["name"] = .text(name)
            fields["value"] = .number(value)
        case .startScript(let file): fields["file"] = .text(file)
        case .startRecording(let file): fields["file"] = file.map { .text($0) }
        case .stopScript(let name), .reloadScript(let name): fields["name"] = .text(name)
        case .evaluate(let source): fields["source"] = .text(source)
        }
        return fields
    }
}
