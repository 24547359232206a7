import Foundation
import Testing

/// The program `mien`, built beside the tests, run as a user runs it.
struct MienProgram {
    /// The checkout, where commands begin.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL.path

    let path: String

    init() throws {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("mien").path
        try #require(FileManager.default.isExecutableFile(atPath: path), "mien is not built beside the tests")
    }

    /// What a command says on both outputs together, and its exit code; what it says on standard output goes to `place`
    /// instead, where one is given.
    func run(_ arguments: [String], into place: String? = nil) throws -> (text: String, code: Int32) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: Self.root)
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = try place.map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) } ?? output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (text, process.terminationStatus)
    }
}
