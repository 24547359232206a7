import Actuation
import ArgumentParser
import Runtime

/// `mien calibrate undo`: the version before.
struct CalibrateUndo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Go back to a unit's calibration before the last one.")

    @Argument(help: "The robot file.", completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(help: "The unit's serial number.")
    var serial: String

    @Option(help: "The folder of calibrations.")
    var folder = "Calibration"

    func run() throws {
        let description = try RobotDescription(path: robot)
        let file = try CalibrationStore(folder: folder).undo(robot: description.name, serial: serial)
        print("\(file.path) is the version before again")
    }
}
