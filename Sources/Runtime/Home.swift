import Foundation

/// Where Mien's own files live: the folder that holds `Robots/`, `Calibration/`, `Models/` and `Tracks/`.
///
/// Looked for in this order: the variable `MIEN_HOME`, the current folder and those above it, the folders above the
/// executable.
public struct Home: Sendable {
    public let root: URL

    /// No folder with Mien's files was found.
    public struct NotFound: Error, CustomStringConvertible {
        public let looked: [String]
        public var description: String {
            "Mien's files (Robots/, Calibration/, Models/) were not found in or above \(looked.joined(separator: ", ")); "
                + "set MIEN_HOME to the folder that holds them"
        }
    }

    public init(root: URL) { self.root = root }

    /// The folder that this process' Mien lives in.
    public static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        currentFolder: String = FileManager.default.currentDirectoryPath,
        executable: String = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    ) throws -> Home {
        if let named = environment["MIEN_HOME"], !named.isEmpty {
            let root = URL(fileURLWithPath: named)
            guard isHome(root) else { throw NotFound(looked: [named]) }
            return Home(root: root)
        }
        let starts = [currentFolder, (executable as NSString).deletingLastPathComponent].filter { !$0.isEmpty }
        for start in starts {
            var folder = URL(fileURLWithPath: start).standardizedFileURL
            while true {
                if isHome(folder) { return Home(root: folder) }
                let above = folder.deletingLastPathComponent()
                if above.path == folder.path { break }
                folder = above
            }
        }
        throw NotFound(looked: starts)
    }

    private static func isHome(_ folder: URL) -> Bool {
        ["Robots", "Calibration", "Models"].allSatisfy {
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(
                atPath: folder.appendingPathComponent($0).path, isDirectory: &isFolder)
                && isFolder.boolValue
        }
    }

    /// The path of a file of Mien's, for instance `file("Models/suhmo.safetensors")`.
    public func file(_ relativePath: String) -> String { root.appendingPathComponent(relativePath).path }
}
