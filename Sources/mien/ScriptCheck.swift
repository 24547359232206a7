import ArgumentParser
import Behaviour
import FaceKit
import Foundation
import Runtime

/// `mien script check`: says what is wrong with scripts without running them.
struct ScriptCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find what is wrong with scripts without running them.",
        discussion: """
            Says what is not Lua 5.4, verbs that nobody knows, arguments of the wrong kind or out of range, waits that \
            are never reached and loops that never wait, as file:line:column: error: sentence. The exit code is 2 when \
            there is an error; warnings leave it 0.
            """)

    @Argument(help: "The scripts to check.", completion: .file(extensions: ["lua"]))
    var files: [String]

    @Flag(help: "Report as JSON.")
    var json = false

    func run() throws {
        // Gestures and expressions are checked by name where the library is at hand.
        let library = (try? Home.find()).flatMap { try? GestureLibrary(folder: $0.file("Scripts")) }
        let check = ScriptCheck(vocabulary: ScriptVocabulary(library: library))
        let findings = files.flatMap { check.check(path: $0) }
        if json {
            print(try JSONText.page(["findings": findings]))
        } else {
            for finding in findings { print(Self.line(finding)) }
        }
        guard findings.allSatisfy({ $0.severity != .error }) else { throw ExitCode(Failure.badInput) }
    }

    /// A finding in one line, with its severity in colour on a terminal.
    private static func line(_ finding: ScriptFinding) -> String {
        let line = Failure.printable("\(finding)")
        guard LiveScreen.usesColour else { return line }
        let word = finding.severity.rawValue
        let colour = finding.severity == .error ? 31 : 33
        return line.replacing(": \(word): ", with: ": \u{1B}[1;\(colour)m\(word)\u{1B}[0m: ", maxReplacements: 1)
    }
}
