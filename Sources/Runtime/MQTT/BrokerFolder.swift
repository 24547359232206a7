import Foundation
import Glibc

/// The folder of a private broker's files, which its owner holds by a lock that the kernel lets go of however it ends.
final class BrokerFolder {
    /// The system refused.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let errno: CInt
        var description: String { "\(path): \(String(cString: strerror(errno)))" }
    }

    let path: String
    private let lock: CInt
    private static let prefix = "mien-broker-"
    private static let lockName = "lock"

    /// Makes one, mode 700, in a folder for what is temporary.
    init(in parent: String = NSTemporaryDirectory()) throws(Failure) {
        var template = Array((parent as NSString).appendingPathComponent(Self.prefix + "XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(path: parent, errno: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The lock is taken before it has its name, so that nobody finds it free meanwhile.
        let unnamed = path + "/lock-to-be"
        lock = open(unnamed, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(unnamed, "\(path)/\(Self.lockName)") == 0 else {
            let reason = errno
            if lock >= 0 { close(lock) }
            try? FileManager.default.removeItem(atPath: path)
            throw Failure(path: path, errno: reason)
        }
    }

    deinit { close(lock) }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Removes the folders that killed programs of this user left behind.
    static func removeAbandoned(in parent: String = NSTemporaryDirectory()) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let folder = (parent as NSString).appendingPathComponent(name)
            var facts = stat()
            guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid() else {
                continue
            }
            let lock = open("\(folder)/\(lockName)", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard lock >= 0 else { continue }
            defer { close(lock) }
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { continue }
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
}
