import Actuation
import ArgumentParser
import Foundation
import Runtime

/// What every calibrating command is told first: the robot, and the calibration that it begins with.
struct NominalOptions: ParsableArguments {
    @Argument(help: "The robot file, or the name of a robot that ships.")
    var robot: RobotFile

    @Option(
        help: .init(
            "The calibration to begin with: what each input means. (default: the one named like the robot)",
            valueName: "file"))
    var calibration: String?

    /// The files, read.
    struct Files {
        let path: String
        let robot: RobotDescription
        let calibration: Calibration
        /// The calibration file's own name, for remarks.
        let calibrationName: String
    }

    func read() throws -> Files {
        let description = try robot.description()
        let file = try calibration ?? robot.calibration(in: Home.find())
        return Files(
            path: robot.path, robot: description, calibration: try Calibration(path: file, robot: description),
            calibrationName: (file as NSString).lastPathComponent)
    }
}

/// Which unit a calibration belongs to, and where calibrations are kept.
struct UnitOptions: ParsableArguments {
    @Option(help: "The unit's serial number: letters, digits, - and _.")
    var serial: String

    @Option(help: "The folder of calibrations.")
    var folder = "Calibration"

    /// The store, after a look at the serial number.
    func store(of robot: RobotDescription) throws -> CalibrationStore {
        let store = CalibrationStore(folder: folder)
        _ = try store.file(robot: robot.name, serial: serial)
        return store
    }
}

/// Which actuators, and whether somebody is asked before anything is saved.
struct SessionOptions: ParsableArguments {
    @Option(help: "Actuators to calibrate, by name. (default: all)")
    var only: [String] = []

    @Flag(help: "Save without asking.")
    var yes = false

    @Flag(help: "Print one JSON object instead of plots.")
    var json = false

    /// The actuators of these names; for none all, but for those that carry a head together and cannot be driven alone.
    func actuators(of robot: RobotDescription) throws -> [Int] {
        if only.isEmpty { return robot.actuators.indices.filter { !(robot.head?.motors.contains($0) ?? false) } }
        return try only.map { name in
            guard let index = robot.index(ofActuator: name) else {
                throw ValidationError(
                    "\(robot.name) has no actuator \(name); it has \(robot.actuators.map(\.name).joined(separator: ", "))"
                )
            }
            guard !(robot.head?.motors.contains(index) ?? false) else {
                throw ValidationError("\(name) carries the head with others and cannot be driven alone")
            }
            return index
        }
    }

    func confirms() -> Bool {
        if yes { return true }
        FileHandle.standardError.write(Data("Save this calibration? [y/N] ".utf8))
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }
}

/// Nothing was measured well enough.
struct NothingCalibrated: Error, CustomStringConvertible {
    var reason: String?
    var description: String {
        "no actuator could be calibrated, so nothing was saved" + (reason.map { ": " + $0 } ?? "")
    }
}
