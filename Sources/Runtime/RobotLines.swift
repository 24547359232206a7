import Actuation
import FaceKit
import Hardware

/// The open lines of a robot, each with its serial port or a simulated device in its place, and the watchdog process
/// that outlives a crash.
public final class RobotLines {
    public let buses: [(output: any BusOutput, port: String)]
    private let simulators: [SimulatorProcess]
    private let guardian: Guardian

    /// Opens every bus, and asks each who is there before anything moves.
    ///
    /// - Parameters:
    ///   - path: the robot's file, for simulators.
    ///   - ports: serial devices by the names of their buses, before those that the robot file names. With none at all,
    ///     every bus is simulated.
    ///   - tap: gives whoever sees the bytes of a bus, by its place.
    ///   - hidden, stops: make simulated horns deviate and mechanisms end; see `HiddenHorns` and `HiddenStops`.
    /// - Throws: `NoPort`, `SerialPortError` or `BusMismatch`.
    public init(
        robot: RobotDescription, path: String, ports: [String: String], hidden: UInt64? = nil, stops: UInt64? = nil,
        framesPerHealthRequest: Int? = nil, tap: (Int) -> BusTap? = { _ in nil }
    ) throws {
        let isSimulated = ports.isEmpty && robot.buses.allSatisfy { $0.port == nil }
        let guardian = try Guardian()
        var simulators: [SimulatorProcess] = []
        var buses: [(output: any BusOutput, port: String)] = []
        for (index, bus) in robot.buses.enumerated() {
            if isSimulated {
                simulators.append(try SimulatorProcess(robot: path, bus: bus.name, hidden: hidden, stops: stops))
            }
            guard let port = isSimulated ? simulators[index].port : ports[bus.name] ?? bus.port else {
                throw NoPort(bus: bus.name)
            }
            let finder = PortFinder(port: port, baud: bus.baud ?? 115_200)
            let output = try BusLanguage.writer(
                robot: robot, bus: index,
                framesPerHealthRequest: framesPerHealthRequest ?? Self.framesPerHealthRequest(robot, bus: index),
                guardian: guardian,
                tap: tap(index)
            ) { () throws(SerialPortError) in
                try finder.open()
            }
            buses.append((output, port))
        }
        self.guardian = guardian
        self.simulators = simulators
        self.buses = buses
    }

    /// Heat and load are asked for five times a second, error bits once.
    static func framesPerHealthRequest(_ robot: RobotDescription, bus: Int) -> Int {
        Int((robot.controlRate / (robot.buses[bus].kind.measures ? 5 : 1)).rounded())
    }

    /// A bus that nobody named a port for, while others have one.
    public struct NoPort: Error, CustomStringConvertible {
        public let bus: String
        public var description: String {
            "bus \(bus) has no serial port: give it one in the robot file, or name one with --port \(bus)=DEVICE"
        }
    }

    public var isSimulated: Bool { !simulators.isEmpty }

    /// Where the actuators stand as far as buses can say, rad; nil where not.
    public func measured(count: Int) -> [Double?] {
        var measured = [Double?](repeating: nil, count: count)
        for bus in buses {
            for (actuator, position) in bus.output.inventory.positions { measured[actuator] = position }
        }
        return measured
    }

    /// What the simulated devices saw, all together; nil for real ones.
    public func simulatorStatus() throws -> SimulatorStatus? {
        let all = try simulators.map { try $0.status() }
        guard var sum = all.first else { return nil }
        for more in all.dropFirst() { sum.add(more) }
        return sum
    }

    /// Where hidden horns really stand, degrees by name; empty for a real robot.
    public func hiddenAngles() throws -> [String: Double] {
        try simulators.reduce(into: [:]) { angles, simulator in angles.merge(try simulator.angles()) { $1 } }
    }

    /// Says the last word on every line and closes it; simulated devices go on until this goes away.
    public func finish() {
        for bus in buses { bus.output.finish() }
        guardian.dismiss()
    }
}
