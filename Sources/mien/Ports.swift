import ArgumentParser
import FaceKit
import Hardware

/// `mien ports`: the serial ports of this machine.
struct Ports: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the serial ports, with the names that stay theirs when they are plugged in elsewhere.",
        discussion: """
            A port of a USB device has an identity, usb:VENDOR:PRODUCT:SERIAL, which --port takes as well as the path: \
            the path may be another one tomorrow. Exit code 1 when there is no port.
            """)

    @Flag(help: "Print one JSON object.")
    var json = false

    private struct Port: Encodable {
        let path: String
        let identity: String?
        let label: String?
    }

    func run() throws {
        let usb = USBPorts()
        let ports = SerialPortList.paths().map { path in
            Port(path: path, identity: usb.identity(of: path)?.description, label: usb.label(of: path))
        }
        if json {
            print(try JSONText.page(["ports": ports]))
        } else if ports.isEmpty {
            print("no serial port is connected")
        }
        if !json {
            let width = ports.map(\.path.count).max() ?? 0
            for port in ports {
                let path = port.path.padding(toLength: width, withPad: " ", startingAt: 0)
                print(Failure.printable([path, port.identity, port.label].compactMap { $0 }.joined(separator: "  ")))
            }
        }
        if ports.isEmpty { throw ExitCode.failure }
    }
}
