import ArgumentParser
import Behaviour
import Foundation

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
        let findings = files.flatMap { ScriptCheck().check(path: $0) }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(["findings": findings]), as: UTF8.self))
        } else {
            for finding in findings { print(Failure.printable("\(finding)")) }
        }
        guard findings.allSatisfy({ $0.severity != .error }) else { throw ExitCode(Failure.badInput) }
    }
}
