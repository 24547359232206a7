import Behaviour
import Foundation

/// The files of the running scripts: started by path or by name, loaded anew when they are saved.
struct ScriptFiles {
    /// What keeps a script from being started.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case notFound(file: String, folder: String)
        case unreadable(file: String)
        case tooLong(file: String)

        var description: String {
            switch self {
            case .notFound(let file, let folder): "there is no script \(file), neither there nor in \(folder)"
            case .unreadable(let file): "\(file): cannot be read"
            case .tooLong(let file): "\(file): is longer than \(ScriptCheck.sizeLimit) bytes"
            }
        }
    }

    /// What tells one version of a file from another.
    private struct Stamp: Equatable {
        let seconds: Int
        let nanoseconds: Int
        let bytes: Int64
        let inode: UInt64

        init?(_ path: String) {
            var facts = stat()
            guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
            seconds = facts.st_mtim.tv_sec
            nanoseconds = facts.st_mtim.tv_nsec
            bytes = Int64(facts.st_size)
            inode = UInt64(facts.st_ino)
        }
    }

    private struct Watched {
        let path: String
        var loaded: Stamp?
        /// A version that was seen at the last look: it is loaded once it has stood still for one look.
        var seen: Stamp?
    }

    private let folder: String
    private var watched: [String: Watched] = [:]

    /// - Parameter folder: where scripts are found by their names.
    init(folder: String) { self.folder = folder }

    /// The path of a script that an operator named: a file, or one in the folder with or without its ending.
    func path(of file: String) throws(Problem) -> String {
        let places = [file, folder + "/" + file, folder + "/" + file + ".lua"]
        for path in places where Stamp(path) != nil { return path }
        throw .notFound(file: file, folder: folder)
    }

    /// The name of the script in a file: the file's without its ending.
    static func name(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    /// A script's text, and from here on its file is watched.
    mutating func read(_ path: String, name: String) throws(Problem) -> [UInt8] {
        let stamp = Stamp(path)
        watched[name] = Watched(path: path, loaded: stamp, seen: stamp)
        guard let stamp else { throw .unreadable(file: path) }
        guard stamp.bytes <= ScriptCheck.sizeLimit else { throw .tooLong(file: path) }
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(file: path) }
        return Array(data)
    }

    mutating func forget(_ name: String) { watched[name] = nil }

    /// The path of a script that was started from a file.
    func path(ofScript name: String) -> String? { watched[name]?.path }

    /// Names of the scripts whose files have changed and stand still again.
    mutating func changed() -> [String] {
        var names: [String] = []
        for (name, file) in watched.sorted(by: { $0.key < $1.key }) {
            let now = Stamp(file.path)
            // A file that is gone is one that an editor is about to write.
            if let now, now == file.seen, now != file.loaded { names.append(name) }
            watched[name]?.seen = now
        }
        return names
    }
}
