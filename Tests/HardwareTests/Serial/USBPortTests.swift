import Foundation
import Glibc
import Testing

@testable import Hardware

/// Ports found by their USB identity in a `/sys` and a `/dev` of our own.
@Suite struct USBPortTests {
    /// A computer with USB ports.
    private final class Computer {
        let root = NSTemporaryDirectory() + "mien-usb-\(UUID().uuidString)"
        var ports: USBPorts { USBPorts(sysfs: root + "/sys", devices: root + "/dev") }

        init() throws {
            for folder in ["/sys/class/tty", "/sys/devices", "/dev"] {
                try FileManager.default.createDirectory(atPath: root + folder, withIntermediateDirectories: true)
            }
        }

        deinit { try? FileManager.default.removeItem(atPath: root) }

        /// Plugs a device in as the kernel shows it: the device, its interface, the port below it, and links to it.
        func plug(
            _ name: String, vendor: String, product: String, serial: String?, place: String, interface: String = "00",
            label: (maker: String, product: String)? = nil, terminal: String? = nil
        ) throws {
            let device = root + "/sys/devices/pci0/usb1/" + place
            let port = device + "/\(place):1.\(Int(interface) ?? 0)"
            try FileManager.default.createDirectory(atPath: port + "/tty/" + name, withIntermediateDirectories: true)
            func write(_ text: String, _ path: String) throws {
                try (text + "\n").write(toFile: path, atomically: true, encoding: .utf8)
            }
            try write(vendor, device + "/idVendor")
            try write(product, device + "/idProduct")
            if let serial { try write(serial, device + "/serial") }
            if let label {
                try write(label.maker, device + "/manufacturer")
                try write(label.product, device + "/product")
            }
            try write(interface, port + "/bInterfaceNumber")
            symlink(port, port + "/tty/" + name + "/device")
            symlink(port + "/tty/" + name, root + "/sys/class/tty/" + name)
            if let terminal { symlink(terminal, root + "/dev/" + name) }
        }

        func unplug(_ name: String) {
            unlink(root + "/sys/class/tty/" + name)
            unlink(root + "/dev/" + name)
        }
    }

    @Test func aPortsIdentityIsReadFromItsDeviceAndInterface() throws {
        let computer = try Computer()
        try computer.plug("ttyACM0", vendor: "1ffb", product: "0089", serial: "00123", place: "1-2", interface: "02")
        #expect(
            computer.ports.all().map(\.identity) == [
                USBIdentity(vendor: "1ffb", product: "0089", serial: "00123", interface: "02", place: "1-2")
            ])
    }

    @Test func aDeviceIsCalledWhatItCallsItself() throws {
        let computer = try Computer()
        try computer.plug(
            "ttyACM0", vendor: "1ffb", product: "0089", serial: nil, place: "1-2",
            label: ("Pololu Corporation", "Pololu Micro Maestro 6-Servo Controller"))
        try computer.plug("ttyACM1", vendor: "2341", product: "0043", serial: nil, place: "1-3")
        let ports = computer.ports
        #expect(
            ports.all().map { ports.label(of: $0.path) } == [
                "Pololu Corporation Pololu Micro Maestro 6-Servo Controller", nil,
            ])
    }

    @Test func aDeviceIsFoundUnderItsNewName() throws {
        let computer = try Computer()
        try computer.plug("ttyACM0", vendor: "1ffb", product: "0089", serial: "00123", place: "1-2")
        let identity = try #require(computer.ports.all().first?.identity)
        computer.unplug("ttyACM0")
        try computer.plug("ttyACM0", vendor: "2341", product: "0043", serial: "77", place: "1-3")
        #expect(computer.ports.path(of: identity) == nil)
        try computer.plug("ttyACM1", vendor: "1ffb", product: "0089", serial: "00123", place: "1-4")
        #expect(computer.ports.path(of: identity) == computer.root + "/dev/ttyACM1")
    }

    @Test func twinsWithoutSerialNumbersAreToldApartByTheirPlace() throws {
        let computer = try Computer()
        for (name, place) in [("ttyUSB0", "1-1"), ("ttyUSB1", "1-2")] {
            try computer.plug(name, vendor: "1a86", product: "7523", serial: nil, place: place)
        }
        var identity = USBIdentity(vendor: "1a86", product: "7523", place: "1-2")
        #expect(computer.ports.path(of: identity) == computer.root + "/dev/ttyUSB1")
        identity.place = nil
        #expect(computer.ports.path(of: identity) == nil)
    }

    @Test(arguments: ["usb:1ffb:89", "usb:1ffb", "/dev/ttyACM0", "usb:zzzz:0089", "usb::"])
    func whatIsNoIdentityIsAPath(_ text: String) { #expect(USBIdentity(text: text) == nil) }

    @Test func anIdentityReadsWithAndWithoutASerialNumber() {
        #expect(USBIdentity(text: "usb:1FFB:0089") == USBIdentity(vendor: "1ffb", product: "0089"))
        #expect(
            USBIdentity(text: "usb:1ffb:0089:0012:3")
                == USBIdentity(vendor: "1ffb", product: "0089", serial: "0012:3"))
    }

    @Test func aFinderFollowsItsDeviceAndLeavesAnotherUnderTheOldNameAlone() throws {
        let computer = try Computer()
        let first = try PseudoTerminal()
        let second = try PseudoTerminal()
        let third = try PseudoTerminal()
        try computer.plug(
            "ttyACM0", vendor: "1ffb", product: "0089", serial: "1", place: "1-1", terminal: first.path)
        let finder = PortFinder(port: computer.root + "/dev/ttyACM0", baud: 115_200, ports: computer.ports)
        try finder.open().close()
        computer.unplug("ttyACM0")
        #expect(throws: SerialPortError.self) { try finder.open() }
        // Something else has taken the name, and the device has come back under another.
        try computer.plug(
            "ttyACM0", vendor: "2341", product: "0043", serial: "2", place: "1-2", terminal: second.path)
        #expect(throws: SerialPortError.self) { try finder.open() }
        try computer.plug(
            "ttyACM1", vendor: "1ffb", product: "0089", serial: "1", place: "1-1", terminal: third.path)
        #expect(try finder.open().path == computer.root + "/dev/ttyACM1")
    }
}
