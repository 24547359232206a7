import ArgumentParser
import Behaviour
import Foundation
import Runtime

/// `mien script repl`: Lua by the line in a running controller.
struct ScriptRepl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Try verbs by the line in a running controller.",
        discussion: """
            The lines run in a sandboxed script of their own, beside the others. An expression shows its value, Tab \
            completes verbs, an unfinished block goes on on the next line, Ctrl-D ends. From a pipe, lines are run one \
            after the other, and the exit code is 2 if one failed.
            """)

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        let editor = LineEditor(history: StateFolder.url?.appendingPathComponent("repl-history")) {
            ScriptVocabulary.standard.completions(of: $0)
        }
        if editor.isTerminal { print("\(client.robot): Tab completes verbs, Ctrl-D ends") }
        var typed = ""
        var hasFailed = false
        while let line = editor.line(prompt: typed.isEmpty ? "> " : ">> ") {
            typed += (typed.isEmpty ? "" : "\n") + line
            guard !typed.allSatisfy(\.isWhitespace) else {
                typed = ""
                continue
            }
            switch ConsoleChunk(typed) {
            case .unfinished where !line.isEmpty: continue
            case .unfinished:
                hasFailed = true
                Self.complain("the chunk is not finished")
            case .wrong(let message):
                hasFailed = true
                Self.complain(message)
            case .whole(let source):
                if try !Self.evaluate(source, client: &client) { hasFailed = true }
            }
            editor.remember(typed)
            typed = ""
        }
        if editor.isTerminal { print() }
        if hasFailed, !editor.isTerminal { throw ExitCode(Failure.badInput) }
    }

    /// Runs a chunk and shows what it gave; false if it failed. A controller that has gone ends the session.
    private static func evaluate(_ source: String, client: inout ConsoleClient) throws -> Bool {
        do {
            let result = try client.ask(.evaluate(source: source), within: nil)
            if case .text(let value)? = result["value"], !value.isEmpty { print(lines(value)) }
            return true
        } catch .refused(_, let message) {
            complain(message)
            return false
        }
    }

    private static func complain(_ message: String) {
        FileHandle.standardError.write(Data((lines(message) + "\n").utf8))
    }

    /// A text of several lines, each fit for a terminal.
    private static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Failure.printable(String($0)) }
            .joined(separator: "\n")
    }
}
