import Foundation
import Testing

@testable import Runtime

/// The documentation of the console says what the table of commands says. `MIEN_WRITE_DOCUMENTATION=1` writes it anew.
@Suite struct ConsoleDocumentationTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Documentation")
    private static let isWriting = ProcessInfo.processInfo.environment["MIEN_WRITE_DOCUMENTATION"] == "1"

    @Test func theTableOfCommandsIsTheOneInTheCode() throws {
        let file = Self.folder.appendingPathComponent("console.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        let parts = page.split(separator: "<!-- commands -->\n", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = parts[0] + "<!-- commands -->\n" + Command.table
        if Self.isWriting { try whole.write(to: file, atomically: true, encoding: .utf8) }
        #expect(page == whole || Self.isWriting)
    }

    @Test func theSchemaIsTheOneOfTheCode() throws {
        let file = Self.folder.appendingPathComponent("console-schema.json")
        let schema = try Command.schema
        if Self.isWriting { try schema.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == schema)
    }

    @Test func everyCodeOfAnErrorIsDocumented() throws {
        let page = try String(contentsOf: Self.folder.appendingPathComponent("console.md"), encoding: .utf8)
        let problems: [Command.Problem] = [
            .notAnObject, .tooLong(limit: 1), .missing(key: "", expected: ""), .unknownCommand(""),
            .unknownKey("", command: "", known: []), .wrongKind(key: "", found: "", expected: ""),
            .outOfRange(key: "", found: "", expected: ""), .notAllowed(command: "", authority: .operator),
            .busy(waiting: 1), .noAnswer(seconds: 1), .notHere(command: ""), .refused(""),
        ]
        for problem in problems { #expect(page.contains("`\(problem.code)`")) }
    }
}
