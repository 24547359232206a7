import Foundation
import Telemetry
import Testing

@testable import Runtime

/// The page on MQTT says what the tables in the code say. `MIEN_WRITE_DOCUMENTATION=1` writes it anew.
@Suite struct BrokerDocumentationTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Documentation/mqtt.md")
    private static let isWriting = ProcessInfo.processInfo.environment["MIEN_WRITE_DOCUMENTATION"] == "1"

    @Test func theTablesAreThoseOfTheCode() throws {
        let page = try String(contentsOf: Self.file, encoding: .utf8)
        let whole = try Self.replacing(
            "commands", with: Command.brokerTable, in: Self.replacing("topics", with: Topic.markdown, in: page))
        if Self.isWriting { try whole.write(to: Self.file, atomically: true, encoding: .utf8) }
        #expect(page == whole || Self.isWriting)
    }

    @Test func theSchemasOfCommandsAreThoseOfTheCode() throws {
        let file = Self.file.deletingLastPathComponent().appendingPathComponent("mqtt-schema.json")
        let schema = try Command.brokerSchema
        if Self.isWriting { try schema.write(to: file, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOf: file, encoding: .utf8) == schema)
    }

    private static func replacing(_ name: String, with text: String, in page: String) throws -> String {
        let start = try #require(page.range(of: "<!-- \(name) -->\n"))
        let end = try #require(page.range(of: "<!-- end -->", range: start.upperBound..<page.endIndex))
        return page[..<start.upperBound] + text + page[end.lowerBound...]
    }
}
