import Glibc

/// A client's end of a socket that speaks in lines; it waits, and is for threads that may.
public struct LineConnection: ~Copyable {
    /// Why lines do not pass.
    public enum Failure: Error, Equatable {
        /// Nobody listens at the path; `errno` says why.
        case noListener(errno: Int32)
        case closed
        case noAnswer
        /// The other side sent a line without end.
        case tooLong
    }

    private let descriptor: CInt
    private var input: [UInt8] = []

    /// The most bytes of a line that are taken.
    private static let longestLine = 4 << 20

    public init(path: String) throws(Failure) { descriptor = try Self.connect(to: path) }

    private static func connect(to path: String) throws(Failure) -> CInt {
        var address = sockaddr_un()
        guard let size = address.setPath(path) else { throw .noListener(errno: ENAMETOOLONG) }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .noListener(errno: errno) }
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        guard connected == 0 else {
            let reason = errno
            close(descriptor)
            throw .noListener(errno: reason)
        }
        return descriptor
    }

    deinit { close(descriptor) }

    /// Sends a line; its end is added.
    public func send(_ line: String) throws(Failure) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw .closed
            }
            bytes = bytes.dropFirst(count)
        }
    }

    /// The next line without its end, waiting at most `seconds` for it; nil waits for ever.
    public mutating func receive(within seconds: Double?) throws(Failure) -> String {
        let deadline = seconds.map { Self.now + $0 }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            if let end = input.firstIndex(of: 0x0A) {
                defer { input.removeSubrange(...end) }
                return String(decoding: input[..<end], as: UTF8.self)
            }
            guard input.count <= Self.longestLine else { throw .tooLong }
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if let deadline {
                let left = deadline - Self.now
                guard left > 0 else { throw .noAnswer }
                guard poll(&interest, 1, Int32(min(left * 1000 + 1, 1e6))) > 0 else { continue }
            } else {
                guard poll(&interest, 1, 1000) > 0 else { continue }
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { throw .closed }
            input += buffer[..<count]
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
