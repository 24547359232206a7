import FaceKit
import Foundation
import Glibc
import Synchronization

/// What systemd is told of a service: that it is ready, that its control tick still ticks, that it stops.
///
/// The watchdog's sign of life is sent by the control tick and by nobody else, so that a tick that hangs is noticed. It is
/// one datagram that never waits. Source: sd_notify(3).
public final class SystemdNotifier: Sendable {
    private let socket: CInt
    private let address: sockaddr_un
    private let length: socklen_t
    private let period: Nanoseconds?
    private let next = Atomic<Nanoseconds>(0)
    private let alive = Array("WATCHDOG=1".utf8)

    /// Nil where nobody listens: without `NOTIFY_SOCKET`.
    public init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            for (index, byte) in bytes.enumerated() { place[index] = byte }
            // An abstract name begins with a zero byte.
            if bytes[0] == UInt8(ascii: "@") { place[0] = 0 }
        }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        self.socket = socket
        self.address = address
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        // Half the time that systemd waits, and only if it waits for this very process.
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        period =
            isMeant
            ? environment["WATCHDOG_USEC"].flatMap(Nanoseconds.init).flatMap { $0 > 0 ? $0 * 500 : nil } : nil
    }

    deinit { close(socket) }

    /// Says that the service is up.
    public func ready() { send(Array("READY=1".utf8)) }

    /// Says that the service ends.
    public func stopping() { send(Array("STOPPING=1".utf8)) }

    /// A control tick at an instant; allocates nothing, never waits.
    public func tick(at elapsed: Nanoseconds) {
        guard let period, elapsed >= next.load(ordering: .relaxed) else { return }
        next.store(elapsed + period, ordering: .relaxed)
        send(alive)
    }

    private func send(_ bytes: [UInt8]) {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = bytes.withUnsafeBytes {
                    sendto(
                        socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL),
                        address, length)
                }
            }
        }
    }
}
