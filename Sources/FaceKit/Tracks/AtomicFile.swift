import Foundation

/// Text of the system's error codes.
enum SystemError {
    static func text(_ code: Int32) -> String {
        let text = String(cString: strerror(code))
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}

/// A file that is either written whole or not at all: bytes go to a neighbour, which then takes the name.
///
/// Pipes and devices cannot be replaced and are written straight; so is what is open already (`/dev/stdout`, `/dev/fd/3`),
/// wherever it leads to.
enum AtomicFile {
    struct Failure: Error {
        let code: Int32
    }

    static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
        if let given = descriptor(of: path) { return try write(bytes, to: given) }
        let place = try Place(path)
        guard let target = place.target else {
            let file = open(path, O_WRONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure(code: errno) }
            defer { close(file) }
            return try write(bytes, to: file)
        }
        let temporary = "\(target).\(getpid()).partial"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, place.permissions)
        guard file >= 0 else { throw Failure(code: errno) }
        do {
            try write(bytes, to: file)
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
        guard close(file) == 0, rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw Failure(code: code)
        }
    }

    /// Throws what would keep a file of this path from being written, as far as that can be told without writing.
    static func requireWritable(_ path: String) throws(Failure) {
        if let given = descriptor(of: path) {
            let mode = fcntl(given, F_GETFL)
            guard mode >= 0 else { throw Failure(code: errno) }
            guard mode & O_ACCMODE != O_RDONLY else { throw Failure(code: EBADF) }
            return
        }
        let place = try Place(path)
        guard let target = place.target else { return }
        let folder = URL(fileURLWithPath: target).deletingLastPathComponent().path
        if access(folder, W_OK | X_OK) != 0 { throw Failure(code: errno) }
    }

    /// The descriptor that a path stands for. Its file is neither replaced nor written from its beginning: what the shell
    /// has written to it stays.
    private static func descriptor(of path: String) -> Int32? {
        switch path {
        case "/dev/stdout": return STDOUT_FILENO
        case "/dev/stderr": return STDERR_FILENO
        default:
            let folder = ["/dev/fd/", "/proc/self/fd/"].first(where: path.hasPrefix)
            return folder.flatMap { Int32(path.dropFirst($0.count)) }.flatMap { $0 >= 0 ? $0 : nil }
        }
    }

    /// What a path leads to, where it may be written.
    private struct Place {
        /// The file that takes the bytes, behind all links; nil for a pipe or a device, which is written straight.
        let target: String?
        let permissions: mode_t

        init(_ path: String) throws(Failure) {
            var status = stat()
            let exists = stat(path, &status) == 0
            let kind = status.st_mode & S_IFMT
            if exists && kind == S_IFDIR { throw Failure(code: EISDIR) }
            if exists && access(path, W_OK) != 0 { throw Failure(code: errno) }
            permissions = exists ? status.st_mode & 0o777 : 0o644
            if exists {
                target = kind == S_IFREG ? URL(fileURLWithPath: path).resolvingSymlinksInPath().path : nil
            } else {
                target = path
            }
        }
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(Failure) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Foundation.write(file, $0.baseAddress.map { $0 + done }, $0.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure(code: errno) }
            done += count
        }
    }
}
