import Actuation
import ArgumentParser
import Foundation
import Hardware
import Runtime

/// `mien calibrate sweep`: the guided session, or one that a meter answers.
struct CalibrateSweep: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Sweep each actuator at crawling speed and fit its table to what is measured.",
        discussion: """
            Where an angle comes from: --measure bus (the servos' own encoders), a program that prints degrees (it \
            finds the actuator's name in MIEN_ACTUATOR), --measure simulator with --hidden, or, without it, you, with a \
            protractor at the horn.
            """)

    @Argument(help: "The robot file.", completion: .file(extensions: ["yaml"]))
    var robot: String

    @OptionGroup var port: PortOption

    @Option(help: "The unit's serial number: letters, digits, - and _.")
    var serial: String

    @Option(
        help: .init(
            "What says which angle each input means. (default: the calibration named like the robot)", valueName: "file"
        ))
    var calibration: String?

    @Option(help: "Where angles come from: bus, simulator, or a program to run. (default: you are asked)")
    var measure: String?

    @Option(help: "Actuators to calibrate, by name. (default: all)")
    var only: [String] = []

    @Option(help: "Share of each actuator's speed that is used, 0.01 to 1.")
    var speed = 0.1

    @Option(help: "Points measured on each way, 9 to 60.")
    var points = 13

    @Option(help: "Seconds at rest before each point is measured.")
    var rest = 0.3

    @Option(help: "Without a port: hide the simulated horns by this seed.")
    var hidden: UInt64?

    @Option(help: "The folder of calibrations.")
    var folder = "Calibration"

    @Flag(help: "Save without asking.")
    var yes = false

    @Flag(help: "Print one JSON object instead of plots.")
    var json = false

    func validate() throws {
        guard (0.01...1).contains(speed) else { throw ValidationError("--speed must be between 0.01 and 1") }
        guard (9...60).contains(points) else { throw ValidationError("--points must be between 9 and 60") }
        guard (0...10).contains(rest) else { throw ValidationError("--rest must be between 0 and 10") }
    }

    func run() throws {
        let description = try RobotDescription(path: robot)
        let store = CalibrationStore(folder: folder)
        _ = try store.file(robot: description.name, serial: serial)
        let nominalFile =
            try calibration ?? Home.find().file("Calibration/\((robot as NSString).lastPathComponent)")
        let nominal = try Calibration(path: nominalFile, robot: description)
        let chosen = try Self.actuators(only, of: description)
        let lines = try RobotLines(
            robot: description, path: robot, ports: try port.ports(of: description), hidden: hidden,
            framesPerHealthRequest: 5)
        defer { lines.finish() }
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        var meter = try self.meter(lines)
        var care = CalibrationRun.Care()
        care.speed = speed
        care.points = points
        care.rest = rest
        let starts = zip(lines.measured(count: description.actuators.count), description.neutral).map { $0 ?? $1 }
        var run = CalibrationRun(
            robot: description, nominal: nominal, outputs: lines.buses.map(\.output), starts: starts, care: care,
            stop: stop)
        var made = nominal
        made.serial = serial
        var report: [ActuatorReport] = []
        for (number, index) in chosen.enumerated() {
            let name = description.actuators[index].name
            var bar = ProgressLine(
                total: points * 2, label: "\(number + 1)/\(chosen.count) \(name)", unit: "points")
            let verdict = try run.calibrate(index, meter: &meter) { _, _ in bar.advance() }
            bar.finish()
            if case .calibrated(let result, _, _) = verdict {
                made.entries[index] = result.entry
                made.entries[index].worstError = result.worstError
            }
            let line = ActuatorReport(description.actuators[index], verdict)
            report.append(line)
            if !json { show(line, verdict, description.actuators[index]) }
        }
        let isGood = report.contains { $0.isCalibrated }
        guard isGood else {
            if json { try printJSON(report, file: nil) }
            throw NothingCalibrated()
        }
        guard yes || confirms() else {
            print("nothing was saved")
            return
        }
        let remarks = [
            "Calibration of \(description.name), unit \(serial), by mien calibrate sweep from \((nominalFile as NSString).lastPathComponent).",
            "Measured by \(measure ?? "hand"); worst_error_deg is the largest difference of the true angle from the meant one.",
        ]
        let file = try store.save(made, robot: description, remarks: remarks)
        if json { try printJSON(report, file: file.path) } else { print("saved \(file.path)") }
    }

    /// Nothing was measured well enough.
    struct NothingCalibrated: Error, CustomStringConvertible {
        var description: String { "no actuator could be calibrated, so nothing was saved" }
    }

    /// The actuators of these names, all for none.
    static func actuators(_ only: [String], of robot: RobotDescription) throws -> [Int] {
        if only.isEmpty { return Array(robot.actuators.indices) }
        return try only.map { name in
            guard let index = robot.index(ofActuator: name) else {
                throw ValidationError(
                    "\(robot.name) has no actuator \(name); it has \(robot.actuators.map(\.name).joined(separator: ", "))"
                )
            }
            return index
        }
    }

    private func meter(_ lines: RobotLines) throws -> any AngleMeter {
        switch measure {
        case "bus": return BusMeter(lines.buses.map(\.output))
        case "simulator": return SimulatorMeter { try lines.hiddenAngles() }
        case let command?: return CommandMeter(command: command)
        case nil:
            return AnswerMeter { actuator in
                while true {
                    FileHandle.standardError.write(Data("\(actuator): angle of the horn in degrees? ".utf8))
                    guard let line = readLine() else { throw AngleMeterFailure.outOfAnswers(actuator: actuator) }
                    if let degrees = Double(line.trimmingCharacters(in: .whitespaces)), degrees.isFinite {
                        return degrees
                    }
                    FileHandle.standardError.write(Data("expected a number, for instance -12.5\n".utf8))
                }
            }
        }
    }

    private func confirms() -> Bool {
        FileHandle.standardError.write(Data("Save this calibration? [y/N] ".utf8))
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }

    // MARK: - What is said

    private struct ActuatorReport: Encodable {
        let name: String
        let isCalibrated: Bool
        var worstError: Double?
        var backlash: Double?
        var direction: String?
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case name, direction, reason
            case isCalibrated = "calibrated"
            case worstError = "worst_error_deg"
            case backlash
        }

        init(_ actuator: Actuator, _ verdict: CalibrationRun.Verdict) {
            name = actuator.name
            switch verdict {
            case .calibrated(let result, let finding, _):
                isCalibrated = true
                worstError = result.worstError * 180 / .pi
                backlash = finding.backlash
                direction = finding.rises ? "rising" : "falling"
                if result.isCut { reason = "some angles of its table cannot be reached" }
            case .kept(let why):
                isCalibrated = false
                reason = why
            }
        }
    }

    private func show(_ line: ActuatorReport, _ verdict: CalibrationRun.Verdict, _ actuator: Actuator) {
        guard case .calibrated(_, let finding, let sweep) = verdict else {
            print("\(line.name): kept as it was: \(line.reason ?? "")")
            return
        }
        let samples = (sweep.up + sweep.down).map { (input: $0.raw, output: $0.angle) }
        print(CurvePlot.text(samples: samples, curve: { finding.curve($0) }, columns: 48, rows: 6))
        let worst = String(format: "%.2f", line.worstError ?? 0)
        let play = String(format: "%.1f", finding.backlash)
        print(
            "\(line.name): worst error \(worst)°, play \(play) \(actuator.scale.unit.symbol), \(line.direction ?? "")"
                + (line.reason.map { "; " + $0 } ?? ""))
    }

    private func printJSON(_ report: [ActuatorReport], file: String?) throws {
        struct Object: Encodable {
            let actuators: [ActuatorReport]
            let file: String?
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(Object(actuators: report, file: file)), as: UTF8.self))
    }
}
