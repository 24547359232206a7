import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Hardware
import Runtime

/// `mien calibrate record`: moves the face for a tracker to watch.
struct CalibrateRecord: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Move the face through what it can do while a tracker records it, and log what it was told.",
        discussion: """
            Point a face tracker (Live Link Face, OpenFace or any that writes a track) at the robot, start its recording, \
            then this. Both clocks may be up to five seconds apart. `mien calibrate fit` makes a calibration of the two \
            files. With --hidden and no port, the tracker is simulated as well.
            """)

    @OptionGroup var nominal: NominalOptions

    @OptionGroup var port: PortOption

    @Option(help: .init("What is told each actuator, as CSV.", valueName: "file"))
    var log: String

    @Option(help: "Share of each actuator's speed that is used, 0.01 to 1.")
    var speed = 0.3

    @OptionGroup var performance: PerformanceOptions

    @Option(help: "Seconds at rest in each place, 0.3 to 10.")
    var rest = 0.4

    @Option(help: "Without a port: hide what the simulated face does by this seed.", transform: Seed.parse)
    var hidden: UInt64?

    @Option(help: .init("With --hidden: what a simulated tracker sees, as a track.", valueName: "file"))
    var track: String?

    func validate() throws {
        guard (0.01...1).contains(speed) else { throw ValidationError("--speed must be between 0.01 and 1") }
        guard (0.3...10).contains(rest) else { throw ValidationError("--rest must be between 0.3 and 10") }
        if track != nil, hidden == nil { throw ValidationError("--track goes with --hidden") }
        try OutputFiles.requireNames([(log, "--log"), (track, "--track")])
    }

    func run() throws {
        let files = try nominal.read()
        let description = files.robot
        var care = CalibrationRun.Care()
        care.speed = speed
        care.rest = rest
        let bench = try CalibrationBench(
            files, port: port, hidden: hidden, care: care, framesPerHealthRequest: nil)
        defer { bench.finish() }
        let face =
            track == nil
            ? nil : hidden.map { HiddenFace(robot: description, calibration: files.calibration, seed: $0) }
        let (told, seen) = try performance.perform(&bench.run, lines: bench.lines, face: face)
        var batch = FileBatch()
        try batch.add(told.csv(robot: description), to: log)
        if let track { try batch.add(seen, to: track) }
        try batch.publish()
        print("\(told.rows.count) instants over \(Int(told.rows.last?.time ?? 0)) s in \(log)")
    }
}
