import FaceKit
import Glibc

/// A Unix domain socket that takes lines and gives lines back; served from somebody else's `poll` loop.
///
/// Whoever connects is not trusted: lines, clients and what waits to be written are bounded, and a client that keeps a
/// line unfinished or does not read for `patience` is closed. Nobody makes the loop wait.
public struct LineSocket: ~Copyable {
    /// What one client may take.
    public struct Limits: Sendable {
        /// Bytes of a line without its end.
        public var longestLine = 4096
        public var clients = 16
        /// Bytes that wait for a client to read them; the client is not read from meanwhile, and closed at four times it.
        public var waitingOutput = 64 << 10
        /// Nanoseconds for which a line may stay unfinished, or output unread.
        public var patience: Nanoseconds = 10_000_000_000
        /// Lines of one client that are taken in one pass, so that a flood cannot starve the others.
        public var linesPerPass = 16
        public init() {}
    }

    /// A socket could not be opened at a path; `errno` says why.
    public struct Failure: Error, CustomStringConvertible {
        public let path: String
        public let errno: Int32
        public var description: String {
            "the control socket \(path) could not be opened: \(String(cString: strerror(errno)))"
        }
    }

    /// One connection, never given twice.
    public struct Client: Hashable, Sendable {
        fileprivate let number: Int
    }

    /// What a client sent.
    public enum Message: Equatable, Sendable {
        case line(String)
        /// A line longer than the limit; the client is closed once what it is told is written.
        case tooLong
    }

    private struct Connection {
        let client: Client
        let descriptor: CInt
        var input: [UInt8] = []
        var output: [UInt8] = []
        var isEnding = false
        var hasSpoken = false
        /// When it last finished a line, when its output last moved or was empty, and since when a line is unfinished.
        var lastLine: Nanoseconds
        var lastWritten: Nanoseconds
        var unfinishedSince: Nanoseconds?
    }

    public let path: String
    private let limits: Limits
    private let listener: CInt
    private var connections: [Connection] = []
    private var nextNumber = 0

    /// Opens the socket, readable and writable by its owner alone.
    public init(path: String, limits: Limits = Limits()) throws(Failure) {
        self.path = path
        self.limits = limits
        listener = try Self.listen(at: path)
    }

    private static func listen(at path: String) throws(Failure) -> CInt {
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        var address = sockaddr_un()
        guard listener >= 0 else { throw Failure(path: path, errno: errno) }
        guard let size = address.setPath(path) else {
            close(listener)
            throw Failure(path: path, errno: ENAMETOOLONG)
        }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        // Nobody can connect before `listen`, so that the mode is there first.
        guard bound == 0, chmod(path, 0o600) == 0, Glibc.listen(listener, 64) == 0 else {
            let reason = errno
            close(listener)
            if bound == 0 { unlink(path) }
            throw Failure(path: path, errno: reason)
        }
        return listener
    }

    deinit {
        for connection in connections { close(connection.descriptor) }
        close(listener)
        unlink(path)
    }

    /// What the loop has to wait for.
    public var interests: [pollfd] {
        [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            + connections.map {
                let reads = $0.isEnding || $0.output.count > limits.waitingOutput ? 0 : POLLIN
                return pollfd(fd: $0.descriptor, events: Int16(reads | ($0.output.isEmpty ? 0 : POLLOUT)), revents: 0)
            }
    }

    /// Whether whole lines wait that the last pass left for the next one.
    public var hasWaitingLines: Bool { connections.contains { !$0.isEnding && $0.input.contains(0x0A) } }

    /// Whether a client is still there.
    public func has(_ client: Client) -> Bool { connections.contains { $0.client == client } }

    /// The process' user at the other end; nil when the system does not say.
    public func user(of client: Client) -> uid_t? {
        guard let connection = connections.first(where: { $0.client == client }) else { return nil }
        // `struct ucred`, which Glibc's module does not export: process, user, group.
        var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(connection.descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0 else { return nil }
        return credentials.1
    }

    /// The lines that came in, each with the client that sent it; closes who has gone or lost the loop's patience.
    public mutating func receiveLines(
        at now: Nanoseconds = SystemClock().now()
    ) -> [(client: Client, message: Message)] {
        accept(at: now)
        var messages: [(Client, Message)] = []
        connections = connections.compactMap { connection in
            var connection = connection
            let isThere = connection.isEnding || read(&connection)
            takeLines(of: &connection, at: now, into: &messages)
            guard isThere, !hasNoPatience(with: connection, at: now) else {
                close(connection.descriptor)
                return nil
            }
            return connection
        }
        return messages
    }

    private mutating func accept(at now: Nanoseconds) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            _ = fcntl(descriptor, F_SETFL, O_RDWR | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            guard connections.count < limits.clients || makeRoom(at: now) else {
                close(descriptor)
                continue
            }
            let client = Client(number: nextNumber)
            nextNumber += 1
            connections.append(
                Connection(client: client, descriptor: descriptor, lastLine: now, lastWritten: now))
        }
    }

    /// Makes room by closing whoever has never finished a line, else whoever has been silent longer than the patience.
    private mutating func makeRoom(at now: Nanoseconds) -> Bool {
        if let index = connections.firstIndex(where: { !$0.hasSpoken }) {
            close(connections.remove(at: index).descriptor)
            return true
        }
        func silence(_ connection: Connection) -> Nanoseconds {
            min(now - connection.lastLine, now - connection.lastWritten)
        }
        guard let index = connections.indices.max(by: { silence(connections[$0]) < silence(connections[$1]) }),
            silence(connections[index]) > limits.patience
        else { return false }
        close(connections.remove(at: index).descriptor)
        return true
    }

    private func takeLines(
        of connection: inout Connection, at now: Nanoseconds, into messages: inout [(Client, Message)]
    ) {
        guard !connection.isEnding else { return }
        var start = 0
        for _ in 0..<limits.linesPerPass {
            guard let end = connection.input[start...].firstIndex(of: 0x0A) else { break }
            connection.lastLine = now
            connection.hasSpoken = true
            guard end - start <= limits.longestLine else { break }
            messages.append((connection.client, .line(String(decoding: connection.input[start..<end], as: UTF8.self))))
            start = end + 1
        }
        connection.input.removeFirst(start)
        if connection.input.isEmpty {
            connection.unfinishedSince = nil
        } else if start > 0 || connection.unfinishedSince == nil {
            connection.unfinishedSince = now
        }
        let firstLine = connection.input.firstIndex(of: 0x0A) ?? connection.input.count
        if firstLine > limits.longestLine {
            messages.append((connection.client, .tooLong))
            connection.isEnding = true
            connection.input = []
        }
    }

    private func hasNoPatience(with connection: Connection, at now: Nanoseconds) -> Bool {
        if let since = connection.unfinishedSince, now - since > limits.patience { return true }
        return !connection.output.isEmpty && now - connection.lastWritten > limits.patience
    }

    /// Queues a line for a client; false when it has gone, or reads too slowly for it and the line is dropped.
    @discardableResult
    public mutating func reply(
        _ line: String, to client: Client, isDroppable: Bool = false, at now: Nanoseconds = SystemClock().now()
    ) -> Bool {
        guard let index = connections.firstIndex(where: { $0.client == client }) else { return false }
        let waiting = connections[index].output.count
        if isDroppable, waiting > limits.waitingOutput { return false }
        guard waiting <= 4 * limits.waitingOutput else {
            close(connections.remove(at: index).descriptor)
            return false
        }
        if waiting == 0 { connections[index].lastWritten = now }
        connections[index].output += Array((line + "\n").utf8)
        return true
    }

    /// Writes what clients can take.
    public mutating func flush(at now: Nanoseconds = SystemClock().now()) {
        connections = connections.compactMap { connection in
            var connection = connection
            guard write(&connection, at: now), !(connection.isEnding && connection.output.isEmpty) else {
                close(connection.descriptor)
                return nil
            }
            return connection
        }
    }

    /// False when the client has gone.
    private func read(_ connection: inout Connection) -> Bool {
        guard connection.output.count <= limits.waitingOutput else { return true }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while connection.input.count <= limits.longestLine {
            let count = recv(connection.descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            connection.input += buffer[..<count]
        }
        return true
    }

    private func write(_ connection: inout Connection, at now: Nanoseconds) -> Bool {
        while !connection.output.isEmpty {
            let count = send(
                connection.descriptor, connection.output, connection.output.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return errno == EAGAIN || errno == EINTR }
            connection.output.removeFirst(count)
            connection.lastWritten = now
        }
        return true
    }
}

extension sockaddr_un {
    /// Sets a path in the file system; nil if it is too long, else the address' size.
    mutating func setPath(_ path: String) -> socklen_t? {
        sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let room = MemoryLayout.size(ofValue: sun_path)
        guard bytes.count < room, !bytes.contains(0) else { return nil }
        withUnsafeMutableBytes(of: &sun_path) { buffer in
            buffer.copyBytes(from: bytes)
            buffer[bytes.count] = 0
        }
        return socklen_t(MemoryLayout<sockaddr_un>.size)
    }
}
