/// One thing that the check found in a script: where, how bad, and what, in a sentence.
public struct ScriptFinding: Sendable, Equatable, Encodable, CustomStringConvertible {
    public enum Severity: String, Sendable, Encodable {
        /// The script cannot run, or would stop with an error there.
        case error
        /// It runs, but hardly does what was meant.
        case warning
    }

    public let file: String
    /// Both counted from 1; columns count characters.
    public let line: Int
    public let column: Int
    public let severity: Severity
    public let message: String

    public init(file: String, line: Int, column: Int, severity: Severity, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.message = message
    }

    /// `file:line:column: error: message`, as compilers say it and editors read it.
    public var description: String { "\(file):\(line):\(column): \(severity.rawValue): \(message)" }
}
