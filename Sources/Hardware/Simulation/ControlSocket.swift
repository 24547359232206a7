import Glibc

/// A Unix domain socket that takes lines and gives lines back; served from somebody else's `poll` loop.
struct ControlSocket: ~Copyable {
    /// A socket could not be opened at a path; `errno` says why.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let errno: Int32
        var description: String {
            "the control socket \(path) could not be opened: \(String(cString: strerror(errno)))"
        }
    }

    private struct Client {
        let descriptor: CInt
        var input: [UInt8] = []
        var output: [UInt8] = []
    }

    /// A question longer than this ends the connection.
    private static let longestLine = 4096

    let path: String
    private let listener: CInt
    private var clients: [Client] = []

    init(path: String) throws(Failure) {
        self.path = path
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        var address = sockaddr_un()
        guard listener >= 0 else { throw Failure(path: path, errno: errno) }
        guard let size = address.setPath(path) else {
            close(listener)
            throw Failure(path: path, errno: ENAMETOOLONG)
        }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
        }
        guard bound == 0, listen(listener, 8) == 0 else {
            let reason = errno
            close(listener)
            throw Failure(path: path, errno: reason)
        }
    }

    deinit {
        for client in clients { close(client.descriptor) }
        close(listener)
        unlink(path)
    }

    /// What the loop has to wait for.
    var interests: [pollfd] {
        [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            + clients.map {
                pollfd(fd: $0.descriptor, events: Int16($0.output.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0)
            }
    }

    /// The lines that came in, each with the client that sent it.
    mutating func receiveLines() -> [(client: CInt, line: String)] {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            _ = fcntl(descriptor, F_SETFL, O_RDWR | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            clients.append(Client(descriptor: descriptor))
        }
        var lines: [(CInt, String)] = []
        clients = clients.compactMap { client in
            var client = client
            let isThere = read(&client)
            while let end = client.input.firstIndex(of: 0x0A) {
                lines.append((client.descriptor, String(decoding: client.input[..<end], as: UTF8.self)))
                client.input.removeSubrange(...end)
            }
            guard isThere, client.input.count <= Self.longestLine else {
                close(client.descriptor)
                return nil
            }
            return client
        }
        return lines
    }

    /// Queues a line for a client; nothing happens when it has gone meanwhile.
    mutating func reply(_ line: String, to descriptor: CInt) {
        guard let index = clients.firstIndex(where: { $0.descriptor == descriptor }) else { return }
        clients[index].output += Array((line + "\n").utf8)
    }

    /// Writes what clients can take.
    mutating func flush() {
        clients = clients.compactMap { client in
            var client = client
            guard write(&client) else {
                close(client.descriptor)
                return nil
            }
            return client
        }
    }

    /// False when the client has gone.
    private func read(_ client: inout Client) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1024)
        while client.input.count <= Self.longestLine {
            let count = recv(client.descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            client.input += buffer[..<count]
        }
        return true
    }

    private func write(_ client: inout Client) -> Bool {
        while !client.output.isEmpty {
            let count = send(client.descriptor, client.output, client.output.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { return errno == EAGAIN || errno == EINTR }
            client.output.removeFirst(count)
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
        guard bytes.count < room else { return nil }
        withUnsafeMutableBytes(of: &sun_path) { buffer in
            buffer.copyBytes(from: bytes)
            buffer[bytes.count] = 0
        }
        return socklen_t(MemoryLayout<sockaddr_un>.size)
    }
}
