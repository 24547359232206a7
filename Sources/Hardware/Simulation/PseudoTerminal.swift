import Glibc

/// A pseudo-terminal in raw mode: the master is the device's side, `path` is what a program opens as a serial port.
///
/// The slave stays open here as well, so that the line does not hang up whenever a program closes it; closing both
/// (when the value ends) is what pulling the cable looks like from the other side.
public struct PseudoTerminal: ~Copyable {
    /// The system refused a step; `errno` says why.
    public struct Failure: Error, CustomStringConvertible {
        public let errno: Int32
        public var description: String {
            "a pseudo-terminal could not be opened: \(String(cString: strerror(errno)))"
        }
    }

    /// The device's side, non-blocking.
    public let master: CInt
    private let slave: CInt
    /// For instance `/dev/pts/3`.
    public let path: String

    public init() throws(Failure) {
        let master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard master >= 0 else { throw Failure(errno: errno) }
        var name = [CChar](repeating: 0, count: 128)
        guard grantpt(master) == 0, unlockpt(master) == 0, ptsname_r(master, &name, name.count) == 0 else {
            let reason = errno
            close(master)
            throw Failure(errno: reason)
        }
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var settings = termios()
        guard slave >= 0, tcgetattr(slave, &settings) == 0 else {
            let reason = errno
            close(master)
            if slave >= 0 { close(slave) }
            throw Failure(errno: reason)
        }
        cfmakeraw(&settings)
        tcsetattr(slave, TCSANOW, &settings)
        self.master = master
        self.slave = slave
        self.path = path
    }

    deinit {
        close(slave)
        close(master)
    }
}
