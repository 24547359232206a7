import Foundation

/// Reads scripts without running them and says what is wrong: what is not Lua 5.4, verbs that nobody knows, arguments of
/// the wrong kind, waits that are never reached and loops that never wait.
public struct ScriptCheck: Sendable {
    /// The most bytes a script may have; a longer one is not read.
    public static let sizeLimit = 1 << 20

    private let vocabulary: ScriptVocabulary

    public init(vocabulary: ScriptVocabulary) { self.vocabulary = vocabulary }

    /// Checks a script file; what keeps it from being read is a finding as well.
    public func check(path: String) -> [ScriptFinding] {
        do {
            let data = try Self.read(path)
            return check(Array(data), file: path)
        } catch {
            let message = "cannot be read: \(error.reason)"
            return [ScriptFinding(file: path, line: 1, column: 1, severity: .error, message: message)]
        }
    }

    /// Checks a script's text; `file` is what findings call it. They come in the order of the source.
    public func check(_ source: [UInt8], file: String) -> [ScriptFinding] {
        let lines = LuaLines(source)
        func finding(at offset: Int, _ severity: ScriptFinding.Severity, _ message: String) -> ScriptFinding {
            let place = lines.place(of: offset)
            return ScriptFinding(
                file: file, line: place.line, column: place.column, severity: severity, message: message)
        }
        let main: LuaFunction
        do {
            main = try LuaParser.parse(source)
        } catch {
            return [finding(at: error.offset, .error, "\(error)")]
        }
        // Limits of the virtual machine, which only the compiler knows.
        if let refusal = LuaCompiler.refusal(of: source) {
            let line = min(refusal.line ?? 1, lines.count)
            return [ScriptFinding(file: file, line: line, column: 1, severity: .error, message: refusal.message)]
        }
        let names = ScriptNames(main, vocabulary: vocabulary)
        let notes = CallCheck.notes(on: main, names: names) + FlowCheck.notes(on: main, names: names, lines: lines)
        return notes.sorted { ($0.offset, $0.message) < ($1.offset, $1.message) }
            .map { finding(at: $0.offset, $0.severity, $0.message) }
    }

    private struct Unreadable: Error {
        let reason: String
    }

    private static func read(_ path: String) throws(Unreadable) -> Data {
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw Unreadable(reason: "there is no such file") }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw Unreadable(reason: "it is not a file") }
        guard let file = FileHandle(forReadingAtPath: path) else { throw Unreadable(reason: "permission denied") }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: sizeLimit + 1) else { throw Unreadable(reason: "reading failed") }
        guard data.count <= sizeLimit else { throw Unreadable(reason: "it is longer than \(sizeLimit) bytes") }
        return data
    }
}
