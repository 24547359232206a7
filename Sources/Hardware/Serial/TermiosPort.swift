import Glibc

/// A serial line over termios alone: pseudo-terminals, which libserialport refuses, and other plain terminals.
public final class TermiosPort: SerialPort {
    public let path: String
    public private(set) var descriptor: CInt

    /// - Parameter baud: bits a second; pseudo-terminals ignore it.
    public init(path: String, baud: Int = 115_200) throws(SerialPortError) {
        guard let speed = Self.speeds[baud] else { throw .unsupportedBaud(path: path, baud: baud) }
        self.path = path
        descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw SerialPortError(opening: path, errno: errno) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else {
            let reason = errno
            close()
            throw SerialPortError(opening: path, errno: reason)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close()
            throw .busy(path: path)
        }
        cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        cfsetispeed(&settings, speed)
        cfsetospeed(&settings, speed)
        guard tcsetattr(descriptor, TCSANOW, &settings) == 0 else {
            let reason = errno
            close()
            throw SerialPortError(opening: path, errno: reason)
        }
        // Answers to somebody else's questions may still lie there.
        tcflush(descriptor, TCIFLUSH)
    }

    deinit { close() }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 || buffer.count == 0 { return count }
        // A raw terminal never ends: nothing to read is EAGAIN, and 0 bytes is a line that has hung up.
        guard count < 0 else { throw .lost(path: path, errno: EIO) }
        guard errno == EAGAIN || errno == EINTR else { throw .lost(path: path, errno: errno) }
        return 0
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        let count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw .lost(path: path, errno: errno) }
        return 0
    }

    public func close() {
        guard descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    private static let speeds: [Int: speed_t] = [
        9600: speed_t(B9600), 19200: speed_t(B19200), 38400: speed_t(B38400), 57600: speed_t(B57600),
        115_200: speed_t(B115200), 230_400: speed_t(B230400), 460_800: speed_t(B460800), 500_000: speed_t(B500000),
        921_600: speed_t(B921600), 1_000_000: speed_t(B1000000), 2_000_000: speed_t(B2000000),
        3_000_000: speed_t(B3000000), 4_000_000: speed_t(B4000000),
    ]
}
