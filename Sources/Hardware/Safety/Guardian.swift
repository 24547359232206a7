import FaceKit
import Foundation
import Glibc
import Synchronization

/// The parent's side of the watchdog: a child process that holds every open line and what is to be said last on it.
///
/// The two are joined by a socket pair. Each time a line opens, its descriptor and its last bytes go to the child. When
/// the parent dies, in whatever way, the socket closes, and the child writes the bytes; when the parent ends in good
/// order it says so first, and the child writes nothing.
public final class Guardian: Sendable {
    /// The child could not be started.
    public struct Failure: Error, CustomStringConvertible {
        public let errno: Int32
        public var description: String {
            "the watchdog process could not be started: \(String(cString: strerror(errno)))"
        }
    }

    private let child: ChildProcess
    private let socket: CInt
    private let lock = Mutex(())

    /// - Parameter executable: the program whose hidden command `watchdog` is the child.
    public init(executable: String? = nil) throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else { throw Failure(errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        do {
            child = try ChildProcess(
                executable ?? SimulatorProcess.running, ["watchdog"], passing: ends[1], inGroupOfItsOwn: true)
        } catch {
            close(ends[0])
            close(ends[1])
            throw Failure(errno: error.errno)
        }
        close(ends[1])
        socket = ends[0]
    }

    deinit { close(socket) }

    /// Hands a line over; what was handed over for the same bus before is let go.
    public func hold(bus: String, descriptor: CInt, last bytes: [UInt8]) {
        let name = Array(bus.utf8.prefix(255))
        send([GuardianMessage.hold.rawValue, UInt8(name.count)] + name + bytes, descriptor: descriptor)
    }

    /// Says that the parent ends in good order: nothing is to be written.
    public func dismiss() {
        send([GuardianMessage.dismiss.rawValue], descriptor: nil)
        shutdown(socket, Int32(SHUT_WR))
    }

    private func send(_ bytes: [UInt8], descriptor: CInt?) {
        lock.withLock { _ in
            var bytes = bytes
            bytes.withUnsafeMutableBytes { buffer in
                var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                var control = [UInt8](repeating: 0, count: GuardianMessage.controlSize)
                control.withUnsafeMutableBytes { ancillary in
                    var message = msghdr()
                    withUnsafeMutablePointer(to: &vector) { message.msg_iov = $0 }
                    message.msg_iovlen = 1
                    if let descriptor {
                        GuardianMessage.put(descriptor, into: ancillary)
                        message.msg_control = ancillary.baseAddress
                        message.msg_controllen = ancillary.count
                    }
                    _ = sendmsg(socket, &message, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }
}

/// What goes over the socket: a kind, a name, bytes, and a descriptor beside them.
enum GuardianMessage: UInt8 {
    case hold = 1
    case dismiss = 2

    /// A `cmsghdr` with one descriptor, as Linux lays it out on 64 bits: length, level, type, value, padding.
    static let controlSize = 24
    private static let rights: Int32 = 1

    static func put(_ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: 20, toByteOffset: 0, as: Int.self)
        buffer.storeBytes(of: SOL_SOCKET, toByteOffset: 8, as: Int32.self)
        buffer.storeBytes(of: rights, toByteOffset: 12, as: Int32.self)
        buffer.storeBytes(of: descriptor, toByteOffset: 16, as: CInt.self)
    }

    static func descriptor(in buffer: UnsafeRawBufferPointer, count: Int) -> CInt? {
        guard count >= 20, buffer.load(fromByteOffset: 8, as: Int32.self) == SOL_SOCKET,
            buffer.load(fromByteOffset: 12, as: Int32.self) == rights
        else { return nil }
        return buffer.load(fromByteOffset: 16, as: CInt.self)
    }
}
