import CSerialPort
import Glibc

/// A serial line over libserialport: real ports, at any baud rate the adapter can do.
public final class LibSerialPort: SerialPort {
    public let path: String
    public let descriptor: CInt
    private var port: OpaquePointer?

    public init(path: String, baud: Int = 115_200) throws(SerialPortError) {
        self.path = path
        var found: OpaquePointer?
        // libserialport says "argument" for a device it cannot find under /sys/class/tty.
        guard sp_get_port_by_name(path, &found) == SP_OK, let found else {
            descriptor = -1
            throw access(path, F_OK) == 0
                ? .notATerminal(path: path) : .notFound(path: path, others: SerialPortList.paths())
        }
        guard sp_open(found, SP_MODE_READ_WRITE) == SP_OK else {
            let reason = sp_last_error_code()
            sp_free_port(found)
            descriptor = -1
            throw SerialPortError(opening: path, errno: reason)
        }
        var handle: CInt = -1
        sp_get_port_handle(found, &handle)
        descriptor = handle
        port = found
        guard flock(handle, LOCK_EX | LOCK_NB) == 0 else {
            close()
            throw .busy(path: path)
        }
        let settings = [
            sp_set_bits(found, 8), sp_set_parity(found, SP_PARITY_NONE), sp_set_stopbits(found, 1),
            sp_set_flowcontrol(found, SP_FLOWCONTROL_NONE),
        ]
        guard settings.allSatisfy({ $0 == SP_OK }) else {
            let reason = sp_last_error_code()
            close()
            throw SerialPortError(opening: path, errno: reason)
        }
        guard sp_set_baudrate(found, CInt(clamping: baud)) == SP_OK else {
            close()
            throw .unsupportedBaud(path: path, baud: baud)
        }
        sp_flush(found, SP_BUF_INPUT)
    }

    deinit { close() }

    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        let result = sp_nonblocking_read(port, buffer.baseAddress, buffer.count)
        guard result.rawValue >= 0 else { throw .lost(path: path, errno: sp_last_error_code()) }
        return Int(result.rawValue)
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        let result = sp_nonblocking_write(port, bytes.baseAddress, bytes.count)
        guard result.rawValue >= 0 else { throw .lost(path: path, errno: sp_last_error_code()) }
        return Int(result.rawValue)
    }

    public func close() {
        guard let port else { return }
        sp_close(port)
        sp_free_port(port)
        self.port = nil
    }
}
