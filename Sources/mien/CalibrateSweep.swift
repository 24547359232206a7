import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Hardware
import Runtime

/// `mien calibrate sweep`: the tables alone, of a unit whose ends, neutral and direction are known.
struct CalibrateSweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Sweep each actuator at crawling speed and fit its table to what is measured.",
        discussion: """
            What `mien calibrate ROBOT` does as well, without looking for ends and asking for neutral and direction.
            """)

    @OptionGroup var nominal: NominalOptions
    @OptionGroup var port: PortOption
    @OptionGroup var unit: UnitOptions
    @OptionGroup var session: SessionOptions
    @OptionGroup var meter: MeterOption
    @OptionGroup var care: CareOptions

    @Option(help: "Without a port: hide the simulated horns by this seed.", transform: Seed.parse)
    var hidden: UInt64?

    func run() throws {
        let files = try nominal.read()
        let description = files.robot
        let store = try unit.store(of: description)
        let chosen = try session.actuators(of: description)
        let bench = try CalibrationBench(files, port: port, hidden: hidden, care: care.care)
        defer { bench.finish() }
        var made = files.calibration
        made.serial = unit.serial
        var report: [CalibrationLine] = []
        for (number, index) in chosen.enumerated() {
            let actuator = description.actuators[index]
            var verdict = CalibrationRun.Verdict.kept(reason: "nothing measures it")
            if var meter = meter.meter(of: actuator, robot: description, lines: bench.lines) {
                var bar = ProgressLine(
                    total: care.points * 2, label: "\(number + 1)/\(chosen.count) \(actuator.name)", unit: "points")
                verdict = try bench.run.calibrate(index, meter: &meter) { _, _ in bar.advance() }
                bar.finish()
            }
            let line = CalibrationLine(actuator, verdict)
            report.append(line)
            if case .calibrated(let result, let finding, let sweep) = verdict {
                made.entries[index] = result.entry
                if !session.json { line.show(actuator, sweep, finding) }
            } else if !session.json {
                line.show(actuator, nil, nil)
            }
        }
        guard report.contains(where: \.isCalibrated) else {
            throw NothingCalibrated(reason: report.lazy.compactMap(\.reason).first)
        }
        guard session.confirms() else {
            print("nothing was saved")
            return
        }
        let file = try store.save(
            made, robot: description,
            remarks: [
                "Calibration of \(description.name), unit \(unit.serial), by mien calibrate sweep from \(files.calibrationName).",
                "worst_error_deg is the largest difference of a measured angle from the meant one.",
            ])
        if session.json {
            print(try JSONText.page(Report(file: file.path, actuators: report)))
        } else {
            print("saved \(file.path)")
        }
    }

    private struct Report: Encodable {
        let file: String
        let actuators: [CalibrationLine]
    }
}

/// How carefully horns are measured.
struct CareOptions: ParsableArguments {
    @Option(help: "Share of each actuator's speed that is used, 0.01 to 0.5.")
    var speed = 0.1

    @Option(help: "Points measured on each way, 9 to 60.")
    var points = 13

    @Option(help: "Seconds at rest before each point is measured.")
    var rest = 0.3

    func validate() throws {
        guard (0.01...0.5).contains(speed) else { throw ValidationError("--speed must be between 0.01 and 0.5") }
        guard (9...60).contains(points) else { throw ValidationError("--points must be between 9 and 60") }
        guard (0...10).contains(rest) else { throw ValidationError("--rest must be between 0 and 10") }
    }

    var care: CalibrationRun.Care {
        var care = CalibrationRun.Care()
        care.speed = speed
        care.points = points
        care.rest = rest
        return care
    }
}
