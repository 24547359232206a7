import Glibc

/// An open serial line: raw bytes, eight bits, no parity, never blocking.
///
/// A port belongs to one thread. Waiting is the caller's: `poll` on `descriptor`.
public protocol SerialPort: AnyObject {
    /// The path it was opened by.
    var path: String { get }
    /// What to `poll` on; hang-up there means the line is lost.
    var descriptor: CInt { get }
    /// Reads what has arrived; 0 when nothing has.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int
    /// Writes as much as the line takes now, which may be nothing; gives the number of bytes.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int
    /// Closes the line; it is closed at the latest when the port goes away.
    func close()
}

/// What can be wrong with a serial line.
public enum SerialPortError: Error, Equatable, Sendable {
    /// There is no such device; `others` are the ports that are there.
    case notFound(path: String, others: [String])
    case noPermission(path: String)
    /// Another program has it.
    case busy(path: String)
    /// A file, a folder or a device that is no terminal.
    case notATerminal(path: String)
    case unsupportedBaud(path: String, baud: Int)
    /// It was open and has gone away.
    case lost(path: String, errno: Int32)
    /// The system refused for another reason.
    case system(path: String, errno: Int32)
}

extension SerialPortError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .notFound(let path, let others):
            let list = others.isEmpty ? "no serial port is connected" : "connected: " + others.joined(separator: ", ")
            return "serial port \(path) was not found (\(list))"
        case .noPermission(let path):
            return "serial port \(path) may not be opened by this user; membership of the group dialout usually helps"
        case .busy(let path): return "serial port \(path) is in use by another program"
        case .notATerminal(let path): return "\(path) is not a serial port"
        case .unsupportedBaud(let path, let baud): return "serial port \(path) cannot run at \(baud) baud"
        case .lost(let path, let number): return "serial port \(path) was lost: \(String(cString: strerror(number)))"
        case .system(let path, let number):
            return "serial port \(path) could not be opened: \(String(cString: strerror(number)))"
        }
    }

    /// The error number behind it, 0 where there is none.
    public var errno: Int32 {
        switch self {
        case .notFound: ENOENT
        case .noPermission: EACCES
        case .busy: EBUSY
        case .notATerminal: ENOTTY
        case .unsupportedBaud: EINVAL
        case .lost(_, let number), .system(_, let number): number
        }
    }

    /// The error that opening a path met.
    init(opening path: String, errno number: Int32) {
        switch number {
        // A pseudo-terminal whose other side is gone answers EIO.
        case ENOENT, ENXIO, ENODEV, EIO, ENOTDIR: self = .notFound(path: path, others: SerialPortList.paths())
        case EACCES, EPERM: self = .noPermission(path: path)
        case EBUSY, EWOULDBLOCK: self = .busy(path: path)
        case ENOTTY, EISDIR, EINVAL: self = .notATerminal(path: path)
        default: self = .system(path: path, errno: number)
        }
    }
}
