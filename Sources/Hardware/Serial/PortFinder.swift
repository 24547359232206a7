import Synchronization

/// Opens a bus' port, and finds it again by its USB identity when it has come back under another name.
///
/// A port may be named by its path or as `usb:VENDOR:PRODUCT[:SERIAL]`. The first time that a port with a USB device is
/// opened, its identity is kept; from then on only that device will do, wherever it appears.
public final class PortFinder: Sendable {
    private let name: String
    private let baud: Int
    private let ports: USBPorts
    private let known: Mutex<USBIdentity?>

    /// - Parameters:
    ///   - port: a path or an identity.
    ///   - ports: where USB devices are looked for.
    public init(port: String, baud: Int, ports: USBPorts = USBPorts()) {
        name = port
        self.baud = baud
        self.ports = ports
        known = Mutex(USBIdentity(text: port))
    }

    /// The path that the port has just now; nil where its device is not there.
    public var path: String? {
        guard let identity = known.withLock({ $0 }) else { return name }
        return ports.path(of: identity)
    }

    /// Opens the port.
    public func open() throws(SerialPortError) -> any SerialPort {
        guard let path else { throw .notFound(path: name, others: SerialPortList.paths()) }
        let port = try SerialPortOpener.open(path, baud: baud)
        if let identity = ports.identity(of: path) { known.withLock { $0 = identity } }
        return port
    }
}
