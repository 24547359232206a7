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
        var master: CInt = -1
        var slave: CInt = -1
        guard openpty(&master, &slave, nil, nil, nil) == 0 else { throw Failure(errno: errno) }
        var name = [CChar](repeating: 0, count: 128)
        var settings = termios()
        guard ttyname_r(slave, &name, name.count) == 0, tcgetattr(slave, &settings) == 0,
            fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0
        else {
            let reason = errno
            close(slave)
            close(master)
            throw Failure(errno: reason)
        }
        for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        cfmakeraw(&settings)
        tcsetattr(slave, TCSANOW, &settings)
        self.master = master
        self.slave = slave
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        close(slave)
        close(master)
    }
}
