import Actuation
import Hardware

/// A robot with one Maestro: channel, least and greatest pulse (µs) of each servo; neutral is in the middle.
func robot(_ channels: [(Int, Double, Double)], settings: String = "channels: 24") throws -> RobotDescription {
    let actuators = channels.map { channel, low, high in
        "- {name: servo-\(channel), channel: \(channel), min_us: \(low), neutral_us: \((low + high) / 2), "
            + "max_us: \(high), motion: m}"
    }
    return try RobotDescription(
        yaml: """
            name: test
            buses: {face: {kind: maestro, \(settings)}}
            motion: {m: {velocity_us_per_s: 4000, acceleration_us_per_s2: 100000, jerk_us_per_s3: 5000000}}
            actuators:
              \(actuators.joined(separator: "\n  "))
            """, name: "test.yaml")
}

extension MaestroBus {
    /// The language of a robot's bus, which must be a Maestro.
    init(robot: RobotDescription, bus: Int) {
        guard case .maestro(let settings) = robot.buses[bus].kind else { preconditionFailure("not a Maestro") }
        self.init(actuators: robot.actuators, bus: bus, settings: settings)
    }
}

extension SimulatedMaestro {
    /// The board of a robot's bus, which must be a Maestro.
    init(robot: RobotDescription, bus: Int, timing: Timing = .arrival) {
        guard case .maestro(let settings) = robot.buses[bus].kind else { preconditionFailure("not a Maestro") }
        self.init(robot: robot, bus: bus, settings: settings, timing: timing)
    }
}
