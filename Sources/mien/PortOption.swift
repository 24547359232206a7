import Actuation
import ArgumentParser

/// `--port`: which serial device is which bus.
struct PortOption: ParsableArguments {
    @Option(
        name: .customLong("port"),
        help: .init(
            """
            Serial device, for instance /dev/ttyACM0 or usb:1ffb:0089:SERIAL; BUS=DEVICE, once a bus, for robots with several. (default: what \
            the robot file names, else a simulated robot)
            """, valueName: "device"))
    var texts: [String] = []

    /// Devices by the names of the robot's buses.
    func ports(of robot: RobotDescription) throws -> [String: String] {
        var ports: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let names = robot.buses.map(\.name)
            if parts.count == 2, names.contains(parts[0]) {
                ports[parts[0]] = parts[1]
            } else if names.count == 1 {
                ports[names[0]] = text
            } else {
                throw ValidationError(
                    "--port \(text) names no bus; this robot has \(names.joined(separator: ", ")): use BUS=DEVICE")
            }
        }
        return ports
    }
}
