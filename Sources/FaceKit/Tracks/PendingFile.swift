import Foundation

/// A file that is written and has not taken its name yet: it shows after `deliver`, `link` and `rename`, in this order.
///
/// Its bytes are in a file without a name, which is gone with the program whatever ends it. On a file system that has none
/// (FAT, NFS) they are in a neighbour `NAME.PID.partial`. What cannot be replaced is written straight, by `deliver`.
final class PendingFile {
    typealias Failure = Destination.Failure

    private let destination: Destination
    /// What is still to be written straight.
    private var bytes: [UInt8] = []
    private var file: Int32 = -1
    /// The neighbour, while it stands in the folder.
    private var neighbour: String?

    /// - Parameter named: writes to a neighbour from the beginning, wherever the file is.
    init(_ bytes: [UInt8], to path: String, named: Bool = false) throws(Failure) {
        destination = try Destination(path)
        guard case .file(let target, let permissions) = destination else {
            self.bytes = bytes
            return
        }
        if !named { file = Self.openUnnamed(in: Destination.folder(of: target), permissions) }
        if file < 0 {
            neighbour = try Self.firstFree(beside: target) { name in
                file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
                return file >= 0
            }
        }
        try Self.write(bytes, to: file)
    }

    deinit {
        if file >= 0 { close(file) }
        if let neighbour { unlink(neighbour) }
    }

    /// Writes what is written straight.
    func deliver() throws(Failure) {
        switch destination {
        case .descriptor(let descriptor): try Self.write(bytes, to: descriptor)
        case .stream(let path):
            let stream = open(path, O_WRONLY | O_CLOEXEC)
            guard stream >= 0 else { throw Failure(code: errno) }
            defer { close(stream) }
            try Self.write(bytes, to: stream)
        case .file: break
        }
    }

    /// Closes the file, in its folder beside its name.
    func link() throws(Failure) {
        guard case .file(let target, _) = destination else { return }
        if neighbour == nil {
            neighbour = try Self.firstFree(beside: target) { name in
                linkat(AT_FDCWD, Self.link(to: file), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
            }
        }
        defer { file = -1 }
        // Some file systems say only here that there was no room.
        guard close(file) == 0 else { throw Failure(code: errno) }
    }

    /// Gives the file its name.
    func rename() throws(Failure) {
        guard case .file(let target, _) = destination, let neighbour else { return }
        guard Foundation.rename(neighbour, target) == 0 else { throw Failure(code: errno) }
        self.neighbour = nil
    }

    /// A file without a name, or -1 where there are none.
    private static func openUnnamed(in folder: String, _ permissions: mode_t) -> Int32 {
        let file = open(folder, O_WRONLY | temporary | O_CLOEXEC, permissions)
        // Without /proc it would never get a name.
        guard file >= 0, access(link(to: file), F_OK) != 0 else { return file }
        close(file)
        return -1
    }

    /// Linux's O_TMPFILE, a macro that Swift does not see.
    private static let temporary = 0o20000000 | O_DIRECTORY

    private static func link(to file: Int32) -> String { "/proc/self/fd/\(file)" }

    /// The first neighbour's name that `make` can make something of; what has such a name already is left alone.
    private static func firstFree(beside target: String, _ make: (String) -> Bool) throws(Failure) -> String {
        for number in 0..<100 {
            let name = "\(target).\(getpid())\(number == 0 ? "" : ".\(number)").partial"
            if make(name) { return name }
            guard errno == EEXIST else { break }
        }
        throw Failure(code: errno)
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
