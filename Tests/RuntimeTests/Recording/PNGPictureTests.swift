import Foundation
import Hardware
import Telemetry
import Testing

@testable import Runtime

@Suite(.enabled(if: ChildProcess.find("rsvg-convert") != nil, "no rsvg-convert here (librsvg2-bin)"))
struct PNGPictureTests {
    private let folder = URL(fileURLWithPath: NSTemporaryDirectory() + "mien-png-" + UUID().uuidString)

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    /// The signature and the first chunk's width and height, PNG (third edition) §5.2 and §11.2.2.
    private func size(of picture: URL) throws -> [UInt32] {
        let bytes = [UInt8](try Data(contentsOf: picture))
        try #require(bytes.count > 24)
        #expect(bytes[..<8] == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        return [16, 20].map { start in bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
    }

    @Test func aDrawingBecomesAPictureTwiceItsSize() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        var page = SVGPage(width: 120, height: 70)
        page.rectangle(x: 0, y: 0, width: 60, height: 70, "#1f6b66")
        page.text("degrees", x: 4, y: 20)
        let drawing = folder.appendingPathComponent("a drawing.svg")
        try Data(page.document.utf8).write(to: drawing)
        let picture = folder.appendingPathComponent("a drawing.png")
        try PNGPicture.draw(drawing, to: picture)
        #expect(try size(of: picture) == [240, 140])
    }

    @Test func whatIsNoDrawingIsSaid() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let drawing = folder.appendingPathComponent("none.svg")
        try Data("no drawing".utf8).write(to: drawing)
        #expect(throws: PNGPicture.Failure.self) {
            try PNGPicture.draw(drawing, to: folder.appendingPathComponent("none.png"))
        }
    }
}
