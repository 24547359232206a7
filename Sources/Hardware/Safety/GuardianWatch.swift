import Glibc

/// The child's side of the watchdog: waits for the parent's end, and says the last word on every line it holds.
public enum GuardianWatch {
    /// Serves the socket until it closes; then, unless dismissed, writes the last bytes of every bus.
    ///
    /// - Parameter socket: the descriptor the parent passed.
    public static func run(socket: CInt) {
        var held: [[UInt8]: (descriptor: CInt, bytes: [UInt8])] = [:]
        var isDismissed = false
        while let (bytes, descriptor) = receive(socket) {
            switch bytes.first.flatMap(GuardianMessage.init(rawValue:)) {
            case .hold:
                guard let descriptor, bytes.count >= 2, bytes.count >= 2 + Int(bytes[1]) else { continue }
                let name = Array(bytes[2..<2 + Int(bytes[1])])
                if let old = held[name] { close(old.descriptor) }
                held[name] = (descriptor, Array(bytes[(2 + Int(bytes[1]))...]))
            case .dismiss: isDismissed = true
            case nil: break
            }
        }
        guard !isDismissed else { return }
        for (descriptor, bytes) in held.values { write(bytes, to: descriptor) }
    }

    /// The next message; nil at the end.
    private static func receive(_ socket: CInt) -> (bytes: [UInt8], descriptor: CInt?)? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        var control = [UInt8](repeating: 0, count: GuardianMessage.controlSize)
        while true {
            var found: CInt?
            let count = bytes.withUnsafeMutableBytes { buffer in
                control.withUnsafeMutableBytes { ancillary in
                    var vector = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                    return withUnsafeMutablePointer(to: &vector) { vector in
                        var message = msghdr()
                        message.msg_iov = vector
                        message.msg_iovlen = 1
                        message.msg_control = ancillary.baseAddress
                        message.msg_controllen = ancillary.count
                        let count = recvmsg(socket, &message, 0)
                        found = GuardianMessage.descriptor(
                            in: UnsafeRawBufferPointer(ancillary), count: Int(message.msg_controllen))
                        return count
                    }
                }
            }
            if count > 0 { return (Array(bytes[..<count]), found) }
            if count == 0 || errno != EINTR { return nil }
        }
    }

    /// Writes all bytes, for a third of a second at most, after what may still be on its way.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) {
        var written = 0
        for _ in 0..<33 where written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)  // not empty, as just checked
            }
            if count > 0 { written += count } else { usleep(10_000) }
        }
        tcdrain(descriptor)
    }
}
