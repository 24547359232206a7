import ArgumentParser

/// `mien calibrate`: from a robot type to the unit on the table.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a robot unit and fit its calibration.",
        discussion: """
            `sweep` moves one actuator after the other at crawling speed, measures where each really stands, fits a \
            monotone table to it and saves a calibration for the unit's serial number; the one before is kept, and \
            `undo` brings it back. `table` fits a table to points you measured yourself. \
            `record` and `fit` learn what each actuator does to the face from a face tracker's recording of the robot.
            """,
        subcommands: [
            CalibrateSweep.self, CalibrateTable.self, CalibrateRecord.self, CalibrateFit.self, CalibrateUndo.self,
        ],
        defaultSubcommand: CalibrateSweep.self)
}
