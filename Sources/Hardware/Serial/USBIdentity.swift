import Foundation

/// Which USB device a serial port belongs to: what stays the same when its name changes.
public struct USBIdentity: Sendable, Equatable, CustomStringConvertible {
    /// Vendor and product, four hexadecimal digits each.
    public var vendor: String
    public var product: String
    /// The device's serial number, nil where it has none or any will do.
    public var serial: String?
    /// The number of the interface, for devices with several ports (a Maestro has two); nil for any.
    public var interface: String?
    /// Where it is plugged in (`1-1.2`), nil for anywhere: tells twins without serial numbers apart.
    public var place: String?

    public init(
        vendor: String, product: String, serial: String? = nil, interface: String? = nil, place: String? = nil
    ) {
        self.vendor = vendor.lowercased()
        self.product = product.lowercased()
        self.serial = serial
        self.interface = interface
        self.place = place
    }

    /// Reads `usb:VENDOR:PRODUCT` or `usb:VENDOR:PRODUCT:SERIAL`; nil for any other text.
    public init?(text: String) {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts[0] == "usb" else { return nil }
        for part in parts[1...2] {
            guard part.count == 4, part.allSatisfy({ $0.isHexDigit && $0.isASCII }) else { return nil }
        }
        self.init(vendor: parts[1], product: parts[2], serial: parts.count > 3 && !parts[3].isEmpty ? parts[3] : nil)
    }

    public var description: String { "usb:\(vendor):\(product)" + (serial.map { ":\($0)" } ?? "") }

    /// Whether a device is the one meant; what is nil here may be anything.
    public func matches(_ other: USBIdentity) -> Bool {
        vendor == other.vendor && product == other.product && serial.map { $0 == other.serial } ?? true
            && interface.map { $0 == other.interface } ?? true
    }
}

/// The serial ports of USB devices, as the kernel lists them under `/sys/class/tty`.
public struct USBPorts: Sendable {
    private let sysfs: String
    private let devices: String

    /// - Parameters:
    ///   - sysfs, devices: where `/sys` and `/dev` are mounted.
    public init(sysfs: String = "/sys", devices: String = "/dev") {
        self.sysfs = sysfs
        self.devices = devices
    }

    /// All of them, by path, in order of names.
    public func all() -> [(path: String, identity: USBIdentity)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: sysfs + "/class/tty")) ?? []
        return names.sorted().compactMap { name in identity(ofName: name).map { (devices + "/" + name, $0) } }
    }

    /// The identity of the port at a path, links followed; nil where it is no USB device's.
    public func identity(of path: String) -> USBIdentity? {
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let base = URL(fileURLWithPath: devices).resolvingSymlinksInPath().path
        guard real.hasPrefix(base + "/") else {
            // Where `/dev` itself is a folder of links, the name counts.
            guard path.hasPrefix(devices + "/") else { return nil }
            return identity(ofName: String(path.dropFirst(devices.count + 1)))
        }
        return identity(ofName: String(real.dropFirst(base.count + 1)))
    }

    /// What the device at a path calls itself, maker first; nil where it says nothing.
    public func label(of path: String) -> String? {
        guard let device = device(ofName: (path as NSString).lastPathComponent) else { return nil }
        let words = [attribute("manufacturer", device.folder), attribute("product", device.folder)].compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private func identity(ofName name: String) -> USBIdentity? {
        guard let (folder, interface) = device(ofName: name), let vendor = attribute("idVendor", folder),
            let product = attribute("idProduct", folder)
        else { return nil }
        return USBIdentity(
            vendor: vendor, product: product, serial: attribute("serial", folder), interface: interface,
            place: folder.lastPathComponent)
    }

    /// The folder of the USB device that a port belongs to, and the number of its interface.
    private func device(ofName name: String) -> (folder: URL, interface: String?)? {
        guard !name.isEmpty, !name.contains("/") else { return nil }
        var folder = URL(fileURLWithPath: sysfs + "/class/tty/" + name + "/device").resolvingSymlinksInPath()
        let root = URL(fileURLWithPath: sysfs).resolvingSymlinksInPath().path
        var interface: String?
        // Up from the port over its interface to the device, which is not far.
        for _ in 0..<8 where folder.path.hasPrefix(root) && folder.path != root {
            interface = interface ?? attribute("bInterfaceNumber", folder)
            if attribute("idVendor", folder) != nil, attribute("idProduct", folder) != nil {
                return (folder, interface)
            }
            folder = folder.deletingLastPathComponent()
        }
        return nil
    }

    private func attribute(_ name: String, _ folder: URL) -> String? {
        guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
            return nil
        }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The path of the device meant: of several, the one in the same place, then, where only one is left, that one.
    public func path(of identity: USBIdentity) -> String? {
        let found = all().filter { identity.matches($0.identity) }
        if let place = identity.place, let same = found.first(where: { $0.identity.place == place }) {
            return same.path
        }
        // A device with several ports: the first, which on a Maestro is the command port.
        let places = Set(found.map(\.identity.place))
        return places.count == 1 ? found.first?.path : nil
    }
}
