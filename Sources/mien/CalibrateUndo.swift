import Actuation
import ArgumentParser
import Runtime

/// `mien calibrate undo`: the version before.
struct CalibrateUndo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Go back to a unit's calibration before the last one.")

    @Argument(help: "The robot file, or the name of a robot that ships.")
    var robot: RobotFile

    @OptionGroup var unit: UnitOptions

    func run() throws {
        let description = try robot.description()
        let file = try unit.store(of: description).undo(robot: description.name, serial: unit.serial)
        print("\(file.path) is the version before again")
    }
}
