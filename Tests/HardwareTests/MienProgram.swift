import Foundation

/// The `mien` program, which is built beside the test bundle, and the files of the repository.
enum MienProgram {
    static let path: String? = {
        guard let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("mien").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    static func file(_ path: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(path).path
    }
}
