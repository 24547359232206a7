import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien calibrate fit`: what each actuator does to the face, from a recording of it.
struct CalibrateFit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Learn what each actuator does to the face from a tracker's recording of it.",
        discussion: """
            The recording and the log are those of `mien calibrate record`. What is learned (tables, play, and what shows \
            of each coefficient) is saved as the unit's calibration; from then on the robot shows the nearest face that it \
            can.
            """)

    @OptionGroup var nominal: NominalOptions

    @OptionGroup var unit: UnitOptions

    @Option(
        help: .init(
            "The tracker's recording: a track, a Live Link Face take or OpenFace output; - is standard input.",
            valueName: "file"))
    var recording: String

    @Option(help: .init("What the robot was told meanwhile.", valueName: "file"))
    var log: String

    @Flag(help: "Print one JSON object instead of plots.")
    var json = false

    func validate() throws { try OutputFiles.requireNames([(log, "--log")]) }

    func run() throws {
        let files = try nominal.read()
        let store = try unit.store(of: files.robot)
        let told = try CommandLog(path: log, robot: files.robot)
        let seen = try FaceRecording(track: TrackReader.read(recording), log: told, path: log)
        let fit = try EffectFit(robot: files.robot, nominal: files.calibration, samples: seen.samples)
        let lines = zip(files.robot.actuators, fit.verdicts).map { EffectLine($0, $1) }
        if !json {
            for (verdict, line) in zip(fit.verdicts, lines) { line.show(verdict) }
            print(
                "\(seen.samples.count) places, clocks \(String(format: "%.2f", seen.offset)) s apart, "
                    + "\(String(format: "%.4f", fit.residual)) left unexplained (rms)")
        }
        guard lines.contains(where: \.isFitted) else {
            throw NothingCalibrated(reason: lines.lazy.compactMap(\.reason).first)
        }
        var made = fit.calibration
        made.serial = unit.serial
        let file = try store.save(
            made, robot: files.robot,
            remarks: [
                "Calibration of \(files.robot.name), unit \(unit.serial), by mien calibrate fit from \(files.calibrationName).",
                "shows and shows_below: what a tracker saw of each coefficient per unit of input, above 0 and below.",
            ])
        if json {
            print(
                try JSONText.page(
                    Report(
                        file: file.path, samples: seen.samples.count, offset: seen.offset, residual: fit.residual,
                        actuators: lines)))
        } else {
            print("saved \(file.path)")
        }
    }

    private struct Report: Encodable {
        let file: String
        let samples: Int
        let offset: Double
        let residual: Double
        let actuators: [EffectLine]

        enum CodingKeys: String, CodingKey {
            case file, samples, actuators
            case offset = "offset_s"
            case residual = "residual_rms"
        }
    }
}
