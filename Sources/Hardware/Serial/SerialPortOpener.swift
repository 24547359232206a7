import Glibc

/// The choice between the two kinds of serial port.
public enum SerialPortOpener {
    /// Opens a path: a pseudo-terminal (also behind a link) over termios, a port that the system lists over
    /// libserialport, any other terminal over termios.
    public static func open(_ path: String, baud: Int = 115_200) throws(SerialPortError) -> any SerialPort {
        let real = resolved(path)
        if real.hasPrefix("/dev/"), !real.hasPrefix("/dev/pts/"),
            access("/sys/class/tty/" + real.dropFirst("/dev/".count), F_OK) == 0
        {
            return try LibSerialPort(path: path, baud: baud)
        }
        return try TermiosPort(path: path, baud: baud)
    }

    /// The path behind links; the path itself where there is nothing.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
