import ArgumentParser

/// `mien calibrate`: from a robot type to the unit on the table.
struct Calibrate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a robot unit and fit its calibration.",
        discussion: """
            `sweep` moves one actuator after the other at crawling speed, measures where each really stands, fits a \
            monotone table to it and saves a calibration for the unit's serial number; the one before is kept, and \
            `undo` brings it back. `table` fits a table to points you measured yourself.
            """,
        subcommands: [CalibrateSweep.self, CalibrateTable.self, CalibrateUndo.self],
        defaultSubcommand: CalibrateSweep.self)
}
