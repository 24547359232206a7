import ArgumentParser

/// `mien calibrate`: from a robot type to the unit on the table.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a robot unit and fit its calibration.",
        discussion: """
            `guide` (what `mien calibrate ROBOT` does) finds the ends, the table, the play, the neutral and the direction \
            of each actuator at crawling speed and low torque, and asks you what the robot cannot measure. It saves a \
            calibration for the unit's serial number; the one before is kept, and `undo` brings it back. `check` measures \
            how far off a calibration is. `sweep` measures the tables alone, `table` fits a table to points you measured \
            yourself, `record` and `fit` learn what each actuator does to the face from a face tracker's recording of it.
            """,
        subcommands: [
            CalibrateGuide.self, CalibrateCheck.self, CalibrateSweep.self, CalibrateTable.self, CalibrateRecord.self,
            CalibrateFit.self,
            CalibrateUndo.self,
        ],
        defaultSubcommand: CalibrateGuide.self)
}
