import CSerialPort

/// The serial ports of this machine, as libserialport finds them.
public enum SerialPortList {
    /// Paths of the ports, for instance `/dev/ttyACM0`.
    public static func paths() -> [String] {
        var list: UnsafeMutablePointer<OpaquePointer?>?
        guard sp_list_ports(&list) == SP_OK, let list else { return [] }
        defer { sp_free_port_list(list) }
        var paths: [String] = []
        var index = 0
        while let port = list[index] {
            if let name = sp_get_port_name(port) { paths.append(String(cString: name)) }
            index += 1
        }
        return paths
    }
}
