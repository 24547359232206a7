import Foundation

/// The folder of recordings that tests read where there is one: `MIEN_DATA`.
enum Recordings {
    static let folder: String? = ProcessInfo.processInfo.environment["MIEN_DATA"].flatMap { $0.isEmpty ? nil : $0 }

    /// Unpacks a gzip file of the folder to a path and returns that path.
    static func unpacked(_ name: String, in path: String) throws -> String {
        try Data().write(to: URL(fileURLWithPath: path))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gunzip", "--stdout", (folder ?? "") + "/" + name]
        process.standardOutput = FileHandle(forWritingAtPath: path)
        try process.run()
        process.waitUntilExit()
        return path
    }
}
