import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Hardware
import Runtime

/// `mien calibrate check`: how far off a unit's calibration really is.
struct CalibrateCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Measure how far each actuator stands from where its calibration means it to.",
        discussion: """
            Each actuator goes up and down and to and fro through its inputs, as a run would drive it. What is measured is \
            held against the angle that the calibration of the robot's type means. A simulated robot with hidden horns \
            (--hidden and --measure simulator) knows the truth, and is driven by that type's calibration first.
            """)

    @OptionGroup var nominal: NominalOptions
    @OptionGroup var port: PortOption
    @OptionGroup var unit: UnitOptions
    @OptionGroup var session: SessionOptions
    @OptionGroup var meter: MeterOption
    @OptionGroup var care: CareOptions

    @Option(help: "Without a port: hide the simulated horns by this seed.", transform: Seed.parse)
    var hidden: UInt64?

    @Option(help: "Without a port: give the simulated mechanism ends of its own, by this seed.", transform: Seed.parse)
    var stops: UInt64?

    func run() throws {
        let files = try nominal.read()
        let description = files.robot
        let saved = try unit.store(of: description).file(robot: description.name, serial: unit.serial)
        let calibration = try Calibration(path: saved.path, robot: description)
        let chosen = try session.actuators(of: description)
        let bench = try CalibrationBench(files, port: port, hidden: hidden, stops: stops, care: care.care)
        defer { bench.finish() }
        var report: [Line] = []
        for (number, index) in chosen.enumerated() {
            let actuator = description.actuators[index]
            guard var angles = meter.meter(of: actuator, robot: description, lines: bench.lines) else { continue }
            var bar = ProgressLine(
                total: care.points * 3 * (bench.lines.isSimulated ? 2 : 1),
                label: "\(number + 1)/\(chosen.count) \(actuator.name)", unit: "places")
            let before =
                try bench.lines.isSimulated
                ? bench.run.deviation(of: index, by: files.calibration, unit: calibration, meter: &angles) { _, _ in
                    bar.advance()
                } : nil
            let after = try bench.run.deviation(of: index, by: calibration, unit: calibration, meter: &angles) { _, _ in
                bar.advance()
            }
            bar.finish()
            guard let after else { continue }
            let line = Line(actuator, before, after)
            if !session.json { print(line.text) }
            report.append(line)
        }
        guard !report.isEmpty else { throw NothingCalibrated(reason: "no actuator has a table and a meter") }
        let summary = Report(actuators: report)
        print(session.json ? try JSONText.page(summary) : summary.text)
    }

    private struct Line: Encodable {
        let name: String
        let worst, rms: Double
        let worstBefore: Double?
        let cut: Double

        enum CodingKeys: String, CodingKey {
            case name
            case worst = "worst_error_deg"
            case rms = "rms_error_deg"
            case worstBefore = "worst_error_before_deg"
            case cut = "cut_share"
        }

        init(_ actuator: Actuator, _ before: CalibrationRun.Deviation?, _ after: CalibrationRun.Deviation) {
            name = actuator.name
            worst = after.worst * 180 / .pi
            rms = after.rootMeanSquare * 180 / .pi
            worstBefore = before.map { $0.worst * 180 / .pi }
            cut = after.cut
        }

        var text: String {
            let padded = name.padding(toLength: max(24, name.count), withPad: " ", startingAt: 0)
            return padded + String(format: "worst %6.2f°  rms %5.2f°", worst, rms)
                + (worstBefore.map { String(format: "  before %6.2f°", $0) } ?? "")
                + (cut > 0.005 ? String(format: "  %.0f %% of its inputs lie beyond its ends", cut * 100) : "")
        }
    }

    private struct Report: Encodable {
        let worst, rms: Double
        let worstBefore: Double?
        let actuators: [Line]

        enum CodingKeys: String, CodingKey {
            case actuators
            case worst = "worst_error_deg"
            case rms = "rms_error_deg"
            case worstBefore = "worst_error_before_deg"
        }

        init(actuators: [Line]) {
            self.actuators = actuators
            worst = actuators.map(\.worst).max() ?? 0
            rms = (actuators.reduce(0) { $0 + $1.rms * $1.rms } / Double(actuators.count)).squareRoot()
            worstBefore = actuators.compactMap(\.worstBefore).max()
        }

        var text: String {
            String(format: "all: worst %.2f°, rms %.2f°", worst, rms)
                + (worstBefore.map { String(format: ", before %.2f°", $0) } ?? "")
        }
    }
}
