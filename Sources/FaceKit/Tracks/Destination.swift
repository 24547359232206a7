import Foundation

/// What a path leads to, as one who writes sees it.
enum Destination {
    /// What is open already (`-`, `/dev/stdout`, `/dev/fd/3`). It is neither replaced nor written from its beginning: what
    /// the shell has written to it stays.
    case descriptor(Int32)
    /// A pipe or a device, which cannot be replaced.
    case stream(path: String)
    /// The file that takes the bytes, behind all links.
    case file(path: String, permissions: mode_t)

    struct Failure: Error {
        let code: Int32
    }

    init(_ path: String) throws(Failure) {
        if let descriptor = Self.descriptor(of: path) {
            self = .descriptor(descriptor)
            return
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            self = .file(path: path, permissions: 0o644)
            return
        }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR { throw Failure(code: EISDIR) }
        if access(path, W_OK) != 0 { throw Failure(code: errno) }
        self =
            kind == S_IFREG
            ? .file(
                path: URL(fileURLWithPath: path).resolvingSymlinksInPath().path,
                permissions: status.st_mode & 0o777)
            : .stream(path: path)
    }

    /// Throws what would keep a file of this path from being written, as far as that can be told without writing.
    static func requireWritable(_ path: String) throws(Failure) {
        switch try Destination(path) {
        case .descriptor(let descriptor):
            let mode = fcntl(descriptor, F_GETFL)
            guard mode >= 0 else { throw Failure(code: errno) }
            guard mode & O_ACCMODE != O_RDONLY else { throw Failure(code: EBADF) }
        case .file(let target, _):
            if access(folder(of: target), W_OK | X_OK) != 0 { throw Failure(code: errno) }
        case .stream: break
        }
    }

    static func folder(of file: String) -> String { URL(fileURLWithPath: file).deletingLastPathComponent().path }

    private static func descriptor(of path: String) -> Int32? {
        switch path {
        case StandardStream.path, "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: path.hasPrefix)
            return folder.flatMap { Int32(path.dropFirst($0.count)) }.flatMap { $0 >= 0 ? $0 : nil }
        }
    }
}
