import Foundation

/// The page's files, read once: whatever is not among them is not served, so that no path can lead elsewhere.
public struct DashboardFiles: Sendable {
    /// Why the page cannot be served.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case missing(folder: String)
        case unreadable(file: String)
        case tooLarge(file: String, bytes: Int, limit: Int)

        public var description: String {
            switch self {
            case .missing(let folder): "the dashboard's page is not there: \(folder)/index.html"
            case .unreadable(let file): "\(file) cannot be read"
            case .tooLarge(let file, let bytes, let limit):
                "\(file): found \(bytes) bytes, expected at most \(limit) of a page's file"
            }
        }
    }

    struct File: Sendable, Equatable {
        let type: String
        let data: Data
        /// A fingerprint that changes with the contents.
        let tag: String
    }

    /// By the path in a request, with its slash.
    let files: [String: File]

    /// The only kinds of files that a page has.
    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml", "png": "image/png", "txt": "text/plain; charset=utf-8",
    ]
    private static let largest = 2 << 20

    /// Reads a folder and those in it; hidden files, links and files of other kinds are left out.
    public init(folder: String) throws(Failure) {
        let root = URL(fileURLWithPath: folder, isDirectory: true)
        let keys: [URLResourceKey] = [.isRegularFileKey, .isSymbolicLinkKey]
        let found = FileManager.default.enumerator(
            at: root, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
        var files: [String: File] = [:]
        while let file = found?.nextObject() as? URL {
            let facts = try? file.resourceValues(forKeys: Set(keys))
            guard facts?.isRegularFile == true, facts?.isSymbolicLink != true,
                let type = Self.types[file.pathExtension.lowercased()]
            else { continue }
            guard let data = try? Data(contentsOf: file) else { throw .unreadable(file: file.path) }
            guard data.count <= Self.largest else {
                throw .tooLarge(file: file.path, bytes: data.count, limit: Self.largest)
            }
            let path = file.standardizedFileURL.path.dropFirst(root.standardizedFileURL.path.count)
            files["/" + path.drop { $0 == "/" }] = File(type: type, data: data, tag: Self.tag(data))
        }
        guard let start = files["/index.html"] else { throw .missing(folder: folder) }
        files["/"] = start
        self.files = files
    }

    /// FNV-1a over the contents, as an HTTP entity tag.
    private static func tag(_ data: Data) -> String {
        let hash = data.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return "\"\(String(hash, radix: 16))\""
    }
}
