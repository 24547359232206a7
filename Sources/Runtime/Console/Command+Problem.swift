extension Command {
    /// Why a command was refused before anything was done.
    public enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        /// The line is not one flat JSON object.
        case notAnObject
        case tooLong(limit: Int)
        case missing(key: String, expected: String)
        case unknownCommand(String)
        case unknownKey(String, command: String, known: [String])
        case wrongKind(key: String, found: String, expected: String)
        case outOfRange(key: String, found: String, expected: String)
        case notAllowed(command: String, authority: Authority)
        /// Too many commands wait for the motion tick.
        case busy(waiting: Int)
        /// The motion tick did not answer.
        case noAnswer(seconds: Double)
        /// Nothing in this controller does such a thing.
        case notHere(command: String)
        /// Whoever performs it says no: a name that nobody knows, a script that does not load.
        case refused(String)

        /// A short name for programs.
        public var code: String {
            switch self {
            case .notAnObject: "not_an_object"
            case .tooLong: "too_long"
            case .missing: "missing"
            case .unknownCommand: "unknown_command"
            case .unknownKey: "unknown_key"
            case .wrongKind: "wrong_kind"
            case .outOfRange: "out_of_range"
            case .notAllowed: "not_allowed"
            case .busy: "busy"
            case .noAnswer: "no_answer"
            case .notHere: "not_here"
            case .refused: "refused"
            }
        }

        public var description: String {
            switch self {
            case .notAnObject: "expected one JSON object of plain values on one line"
            case .tooLong(let limit): "the line is too long, expected at most \(limit) bytes"
            case .missing(let key, let expected): "\(key) is missing, expected \(expected)"
            case .unknownCommand(let name):
                "found the command \(Self.quoted(name)), expected one of "
                    + Command.specifications.map(\.name).joined(separator: ", ")
            case .unknownKey(let key, let command, let known):
                "\(command) has no \(Self.quoted(key)), "
                    + (known.isEmpty
                        ? "expected nothing beside command and id" : "it has \(known.joined(separator: ", "))")
            case .wrongKind(let key, let found, let expected): "\(key): found \(found), expected \(expected)"
            case .outOfRange(let key, let found, let expected): "\(key): found \(found), expected \(expected)"
            case .notAllowed(let command, let authority):
                "\(command) may be given by \(authority == .operator ? "the operator at the machine" : "a steerer") only"
            case .busy(let waiting): "\(waiting) commands wait already, try again"
            case .noAnswer(let seconds): "the motion tick gave no answer within \(seconds) s"
            case .notHere(let command): "this controller does not take \(command)"
            case .refused(let reason): reason
            }
        }

        /// A name from outside, shortened.
        private static func quoted(_ name: String) -> String {
            "\"" + String(name.unicodeScalars.prefix(40).map { Character($0) }) + "\""
        }
    }
}
