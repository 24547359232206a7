import FaceKit
import Foundation
import Synchronization

/// A person's face by UDP: each datagram is one JSON object like those that a broker brings, and goes into an inbox the
/// moment it comes.
///
/// A datagram that is malformed is dropped and counted. The socket is on loopback unless another address is asked for.
public final class DatagramPerson: Sendable {
    /// Why a socket cannot be had.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case badAddress(String)
        case refused(address: String, reason: String)

        public var description: String {
            switch self {
            case .badAddress(let text):
                "found \(text), expected udp://PORT or udp://ADDRESS:PORT with an IPv4 address and a port to 65535"
            case .refused(let address, let reason): "udp://\(address): \(reason)"
            }
        }
    }

    public let inbox: PersonInbox
    /// The port that was bound.
    public let port: UInt16
    private let descriptor: Int32
    private let isOver = Atomic<Bool>(false)
    private let received = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)
    /// The most bytes of a datagram that is looked at.
    private static let longest = 16_384

    /// Datagrams taken, and dropped as malformed.
    public var counts: (taken: Int, dropped: Int) {
        (received.load(ordering: .relaxed), dropped.load(ordering: .relaxed))
    }

    /// Listens on `udp://PORT` or `udp://ADDRESS:PORT`; port 0 takes any that is free.
    public init(_ url: String) throws(Problem) {
        let (host, wanted) = try Self.address(url)
        inbox = PersonInbox(name: url)
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        guard descriptor >= 0 else { throw .refused(address: "\(host):\(wanted)", reason: Self.reason) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // A quarter of a second: the thread sees then that it is to end.
        var patience = timeval(tv_sec: 0, tv_usec: 250_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let isBound = withUnsafeMutablePointer(to: &address) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else {
            let reason = Self.reason
            close(descriptor)
            throw .refused(address: "\(host):\(wanted)", reason: reason)
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { [self] in receive() }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    /// The address and the port of a URL.
    static func address(_ url: String) throws(Problem) -> (host: String, port: UInt16) {
        guard url.hasPrefix("udp://") else { throw .badAddress(url) }
        let parts = url.dropFirst(6).split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let host = parts.count == 2 ? parts[0] : "127.0.0.1"
        var parsed = in_addr()
        guard (1...2).contains(parts.count), let port = UInt16(parts[parts.count - 1]),
            inet_pton(AF_INET, host, &parsed) == 1
        else { throw .badAddress(url) }
        return (host, port)
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: Self.longest)
        while !isOver.load(ordering: .relaxed) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            if inbox.put(Array(buffer[..<count])) {
                received.wrappingAdd(1, ordering: .relaxed)
            } else {
                dropped.wrappingAdd(1, ordering: .relaxed)
            }
        }
        Glibc.close(descriptor)
    }

    /// Ends listening.
    public func stop() { isOver.store(true, ordering: .relaxed) }
}
