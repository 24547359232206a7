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

    @Argument(help: "The robot file.", completion: .file(extensions: ["yaml"]))
    var robot: String

    @Option(
        help: .init("The tracker's recording: a track, a Live Link Face take or OpenFace output.", valueName: "file"))
    var recording: String

    @Option(help: .init("What the robot was told meanwhile.", valueName: "file"))
    var log: String

    @Option(help: "The unit's serial number: letters, digits, - and _.")
    var serial: String

    @Option(
        help: .init(
            "The calibration to begin with. (default: the one named like the robot)", valueName: "file"))
    var calibration: String?

    @Option(help: "The folder of calibrations.")
    var folder = "Calibration"

    @Flag(help: "Print one JSON object instead of plots.")
    var json = false

    /// Nothing was learned.
    struct NothingFitted: Error, CustomStringConvertible {
        let reasons: [String]
        var description: String { "no actuator could be fitted, so nothing was saved: \(reasons.first ?? "")" }
    }

    func run() throws {
        let description = try RobotDescription(path: robot)
        let nominalFile = try calibration ?? Home.find().file("Calibration/\((robot as NSString).lastPathComponent)")
        let nominal = try Calibration(path: nominalFile, robot: description)
        let store = CalibrationStore(folder: folder)
        _ = try store.file(robot: description.name, serial: serial)
        let told = try CommandLog(path: log, robot: description)
        let seen = try FaceRecording(track: TrackReader.read(recording), log: told, path: log)
        let fit = try EffectFit(robot: description, nominal: nominal, samples: seen.samples)
        let lines = zip(description.actuators, fit.verdicts).map { Line($0, $1) }
        if !json {
            for (verdict, line) in zip(fit.verdicts, lines) { show(verdict, line) }
            print(
                "\(seen.samples.count) places, clocks \(String(format: "%.2f", seen.offset)) s apart, "
                    + "\(String(format: "%.4f", fit.residual)) left unexplained (rms)")
        }
        guard lines.contains(where: \.isFitted) else { throw NothingFitted(reasons: lines.compactMap(\.reason)) }
        var made = fit.calibration
        made.serial = serial
        let file = try store.save(
            made, robot: description,
            remarks: [
                "Calibration of \(description.name), unit \(serial), by mien calibrate fit from \((nominalFile as NSString).lastPathComponent).",
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
        let actuators: [Line]

        enum CodingKeys: String, CodingKey {
            case file, samples, actuators
            case offset = "offset_s"
            case residual = "residual_rms"
        }
    }

    private struct Line: Encodable {
        let name: String
        let isFitted: Bool
        var error: Double?
        var backlash: Double?
        var shows: [String: Double]?
        var showsBelow: [String: Double]?
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case name, backlash, shows, reason
            case isFitted = "fitted"
            case error = "worst_error_share"
            case showsBelow = "shows_below"
        }

        init(_ actuator: Actuator, _ verdict: EffectFit.Verdict) {
            name = actuator.name
            switch verdict {
            case .fitted(let entry, _, _, let error):
                isFitted = true
                self.error = error
                backlash = entry.backlash
                func named(_ effects: [FaceEffects.Effect]?) -> [String: Double] {
                    Dictionary((effects ?? []).map { ($0.channel.name, $0.amount) }) { $0 + $1 }
                }
                shows = named(entry.effects?.above)
                showsBelow = named(entry.effects?.below)
            case .kept(let why):
                isFitted = false
                reason = why
            }
        }
    }

    private func show(_ verdict: EffectFit.Verdict, _ line: Line) {
        guard case .fitted(let entry, let curve, let points, _) = verdict else {
            print("\(line.name): kept as it was: \(line.reason ?? "")")
            return
        }
        print(
            CurvePlot.text(
                samples: points.map { (input: $0.raw, output: $0.activation) }, curve: { curve($0) }, columns: 48,
                rows: 6))
        func text(_ effects: [FaceEffects.Effect]) -> String {
            let largest = effects.sorted { abs($0.amount) > abs($1.amount) }.prefix(4)
            return largest.map { "\($0.channel.name) \(String(format: "%.2f", $0.amount))" }.joined(separator: ", ")
        }
        let error = String(format: "%.1f", (line.error ?? 0) * 100)
        print("\(line.name): worst error \(error) % of its way, play \(String(format: "%.1f", entry.backlash))")
        if let effects = entry.effects {
            if !effects.above.isEmpty { print("  above 0: \(text(effects.above))") }
            if !effects.below.isEmpty { print("  below 0: \(text(effects.below))") }
        }
    }
}
