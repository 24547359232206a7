import Foundation
import Glibc

/// Where the console's sockets are: a folder of the user's own, one socket a robot.
public struct ConsolePath: Sendable {
    /// Why a robot's socket cannot be there.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// Another process runs this robot.
        case alreadyRunning(robot: String, process: Int32?, socket: String)
        /// The folder is not the user's own, or others may write there.
        case unsafeFolder(String)
        case cannotMake(String, errno: Int32)
        /// Something else than a socket is at the socket's path; it was left alone.
        case taken(String)

        public var description: String {
            switch self {
            case .alreadyRunning(let robot, let process, let socket):
                "the robot \(robot) is run already\(process.map { " by process \($0)" } ?? "") (\(socket)); "
                    + "stop that one first, or give this one a name of its own with --name"
            case .unsafeFolder(let folder):
                "\(folder) is not a folder that belongs to you alone, so that no console can be opened there"
            case .cannotMake(let path, let number): "\(path) could not be made: \(String(cString: strerror(number)))"
            case .taken(let path): "\(path) is there and is not a socket; it was left alone"
            }
        }
    }

    public let folder: String

    /// `$XDG_RUNTIME_DIR/mien`, or `/tmp/mien-UID` where there is no such variable.
    public init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/") {
            folder = runtime + "/mien"
        } else {
            folder = "/tmp/mien-\(geteuid())"
        }
    }

    public init(folder: String) { self.folder = folder }

    /// The socket of a robot. Names come from files: what is no letter, digit, `-` or `_` is written as `%XX`.
    public func socket(robot: String) -> String { file(robot, "sock") }

    private func file(_ robot: String, _ kind: String) -> String {
        let safe = robot.utf8.map { byte in
            let isPlain = byte.isASCIILetterOrDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + String(format: "%02X", byte)
        }
        return "\(folder)/\(safe.joined()).\(kind)"
    }

    /// The robots that have a socket here, running or not.
    public var robots: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
            .filter { $0.hasSuffix(".sock") }
            .compactMap { String($0.dropLast(5)).removingPercentEncoding }
            .sorted()
    }

    /// Makes the folder, takes the robot's lock and clears away what a dead process left.
    func claim(robot: String) throws(Failure) -> InstanceLock {
        try makeFolder()
        let socket = socket(robot: robot)
        let lock = try InstanceLock(path: file(robot, "lock"), robot: robot, socket: socket)
        var facts = stat()
        if lstat(socket, &facts) == 0 {
            guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .taken(socket) }
            // Whoever listened there held the lock, and is gone.
            unlink(socket)
        }
        return lock
    }

    private func makeFolder() throws(Failure) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw .cannotMake(folder, errno: errno) }
        var facts = stat()
        guard lstat(folder, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR, facts.st_uid == geteuid(),
            facts.st_mode & 0o022 == 0
        else { throw .unsafeFolder(folder) }
    }
}

/// The sign that a process runs a robot: a locked file, which the system lets go of when the process ends, however.
struct InstanceLock: ~Copyable {
    private let descriptor: CInt

    init(path: String, robot: String, socket: String) throws(ConsolePath.Failure) {
        descriptor = try Self.take(path, robot, socket)
    }

    private static func take(
        _ path: String, _ robot: String, _ socket: String
    ) throws(ConsolePath.Failure) -> CInt {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .cannotMake(path, errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var buffer = [UInt8](repeating: 0, count: 16)
            let count = max(read(descriptor, &buffer, buffer.count), 0)
            close(descriptor)
            throw .alreadyRunning(
                robot: robot, process: Int32(String(decoding: buffer[..<count], as: UTF8.self)), socket: socket)
        }
        let number = Array(String(getpid()).utf8)
        _ = ftruncate(descriptor, 0)
        _ = write(descriptor, number, number.count)
        return descriptor
    }

    /// The file stays: removing it could take the lock of whoever opens it meanwhile.
    deinit {
        _ = ftruncate(descriptor, 0)
        close(descriptor)
    }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x41...0x5A).contains(self) || (0x61...0x7A).contains(self)
    }
}
