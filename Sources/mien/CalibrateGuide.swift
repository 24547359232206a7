import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Glibc
import Hardware
import Runtime

/// `mien calibrate ROBOT`: the guided session, at a terminal or from a file of answers.
struct CalibrateGuide: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guide",
        abstract: "Find each actuator's ends, table, play, neutral and direction at crawling speed and low torque.",
        discussion: """
            One actuator after the other crawls up, then down, and stops where its servo stalls (Dynamixel, Feetech), where \
            you press Enter, or at the robot file's limit. Between its ends it is measured up and down: by its own encoder, \
            by you, by a program, or afterwards by a face tracker (--measure). Its play and a monotone table are fitted to \
            that, with the worst error said and drawn. Then you are asked for the relaxed face and for the direction. \
            Antagonists are coupled, and what is safe is saved under the serial number. With --answers nobody is asked.
            """)

    @OptionGroup var nominal: NominalOptions
    @OptionGroup var port: PortOption
    @OptionGroup var unit: UnitOptions
    @OptionGroup var session: SessionOptions
    @OptionGroup var meter: MeterOption
    @OptionGroup var care: CareOptions
    @OptionGroup var performance: PerformanceOptions

    @Option(
        help: .init(
            "A JSON object of answers by actuator: {\"jaw\": {\"low\": 1100, \"high\": 1800, \"neutral\": 1500, \"reversed\": true}}.",
            valueName: "file"))
    var answers: String?

    @Option(help: "Share of each servo's torque that is used where it can be limited, 0.1 to 1.")
    var torque = 0.3

    @Option(help: .init("With --measure tracker: its recording. (default: you are asked)", valueName: "file"))
    var recording: String?

    @Option(help: "Without a port: hide the simulated horns, and what they show, by this seed.", transform: Seed.parse)
    var hidden: UInt64?

    @Option(help: "Without a port: give the simulated mechanism ends of its own, by this seed.", transform: Seed.parse)
    var stops: UInt64?

    func validate() throws {
        guard (0.1...1).contains(torque) else { throw ValidationError("--torque must be between 0.1 and 1") }
        if meter.isTracker, recording == nil, answers != nil {
            throw ValidationError("--measure tracker with --answers needs --recording")
        }
        try OutputFiles.requireNames([(recording, "--recording")])
    }

    func run() throws {
        let files = try nominal.read()
        let description = files.robot
        let store = try unit.store(of: description)
        let written = try answers.map { try WrittenAnswers(path: $0, robot: description) }
        let chosen = try session.actuators(of: description)
        var careful = care.care
        careful.torque = torque
        let bench = try CalibrationBench(files, port: port, hidden: hidden, stops: stops, care: careful)
        defer { bench.finish() }
        let outputs = bench.lines.buses.map(\.output)
        for output in outputs { output.limitTorque(torque) }
        defer { for output in outputs { output.limitTorque(1) } }
        var made = files.calibration
        made.serial = unit.serial
        var report: [CalibrationLine] = []
        for (number, index) in chosen.enumerated() {
            let line = try guide(
                index, of: &bench.run, into: &made, lines: bench.lines, written: written,
                label: "\(number + 1)/\(chosen.count)")
            report.append(line)
        }
        guard report.contains(where: \.isCalibrated) else {
            throw NothingCalibrated(reason: report.lazy.compactMap(\.reason).first)
        }
        made.antagonists = CalibrationPlan.antagonists(of: made)
        let effects =
            try meter.isTracker ? watch(&bench.run, &made, lines: bench.lines, nominal: files.calibration) : nil
        if !session.json {
            for pair in made.antagonists {
                let names = [pair.first, pair.second].map { description.actuators[$0].name }
                print("\(names[0]) and \(names[1]) pull against each other: coupled")
            }
        }
        guard written != nil || session.confirms() else {
            print("nothing was saved")
            return
        }
        let file = try store.save(made, robot: description, remarks: remarks(files, report))
        if session.json {
            let pairs = made.antagonists.map { pair in [pair.first, pair.second].map { description.actuators[$0].name }
            }
            print(
                try JSONText.page(
                    Report(file: file.path, actuators: report, antagonists: pairs, effects: effects)))
        } else {
            print("saved \(file.path)")
        }
    }

    /// One actuator; what was found goes into the calibration.
    private func guide(
        _ index: Int, of run: inout CalibrationRun, into made: inout Calibration, lines: RobotLines,
        written: WrittenAnswers?, label: String
    ) throws -> CalibrationLine {
        let actuator = run.robot.actuators[index]
        var angles = meter.meter(of: actuator, robot: run.robot, lines: lines, asks: written == nil)
        var bar = ProgressLine(total: care.points * 2, label: "\(label) \(actuator.name)", unit: "points")
        defer { bar.finish() }
        func advance(_ done: Int, _ total: Int) {
            bar.advance()
            if done == total { bar.finish() }
        }
        do {
            let found: CalibrationRun.Guided
            if var written {
                found = try run.guide(index, answers: &written, meter: &angles, progress: advance)
            } else {
                var asked = TerminalAnswers(unit: actuator.scale.unit.symbol)
                found = try run.guide(index, answers: &asked, meter: &angles, progress: advance)
            }
            made.entries[index] = found.entry
            let line = CalibrationLine(actuator, found)
            bar.finish()
            if !session.json { line.show(actuator, found.measured?.sweep, found.measured?.finding) }
            return line
        } catch let failure as CalibrationPlan.Failure {
            return kept(actuator, "\(actuator.name) \(failure.description)")
        } catch let failure as ActuatorSweep.Failure {
            return kept(actuator, "\(actuator.name) \(failure.description)")
        }
    }

    private func kept(_ actuator: Actuator, _ reason: String) -> CalibrationLine {
        let line = CalibrationLine(actuator, kept: reason)
        if !session.json { line.show(actuator, nil, nil) }
        return line
    }

    /// Moves the whole face for a tracker and learns from its recording what each actuator shows.
    private func watch(
        _ run: inout CalibrationRun, _ made: inout Calibration, lines: RobotLines, nominal: Calibration
    ) throws -> [EffectLine] {
        let face = hidden.map { HiddenFace(robot: run.robot, calibration: nominal, seed: $0) }
        if face == nil, answers == nil {
            FileHandle.standardError.write(
                Data("Start the tracker's recording of the robot's face, then press Enter.".utf8))
            run.holding { _ = readLine() }
        }
        run.nominal = made
        let (told, seen) = try performance.perform(&run, lines: lines, face: face)
        let track: Track
        if face != nil {
            if let recording { try TrackFile.write(seen, to: recording) }
            track = seen
        } else {
            track = try TrackReader.read(recording ?? Self.askForRecording())
        }
        let recorded = try FaceRecording(track: track, log: told, path: recording ?? "the recording")
        let fit = try EffectFit(robot: run.robot, nominal: made, samples: recorded.samples)
        let lines = zip(run.robot.actuators, fit.verdicts).map { EffectLine($0, $1) }
        if !session.json { for (verdict, line) in zip(fit.verdicts, lines) { line.show(verdict) } }
        let serial = made.serial
        made = fit.calibration
        made.serial = serial
        return lines
    }

    private static func askForRecording() throws -> String {
        FileHandle.standardError.write(Data("Stop the tracker's recording. Which file is it? ".utf8))
        guard let line = readLine()?.trimmingCharacters(in: .whitespaces), !line.isEmpty else {
            throw NothingCalibrated(reason: "no recording was named")
        }
        return line
    }

    private func remarks(_ files: NominalOptions.Files, _ report: [CalibrationLine]) -> [String] {
        var remarks = [
            "Calibration of \(files.robot.name), unit \(unit.serial), by mien calibrate guide from \(files.calibrationName).",
            "low and high: where the unit's mechanism moves freely.",
        ]
        if report.contains(where: { $0.worstError != nil }) {
            remarks.append("worst_error_deg: the largest difference of a measured angle from the meant one.")
        }
        if report.contains(where: { $0.isCalibrated && $0.worstError == nil }) {
            remarks.append("Tables without it are pressed between low and high, not measured.")
        }
        return remarks
    }

    private struct Report: Encodable {
        let file: String
        let actuators: [CalibrationLine]
        let antagonists: [[String]]
        let effects: [EffectLine]?
    }
}

/// A person at the terminal.
private struct TerminalAnswers: GuideAnswers {
    let unit: String
    private var announced: Bool?

    init(unit: String) { self.unit = unit }

    mutating func mustStop(_ actuator: String, goesUp: Bool, raw: Double) -> Bool {
        if announced != goesUp {
            announced = goesUp
            say("\(actuator): going \(goesUp ? "up" : "down"); press Enter where it must not go further\n")
        }
        var interest = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&interest, 1, 0) > 0 else { return false }
        return readLine() != nil
    }

    func neutral(_ actuator: String, proposed: Double, within: ClosedRange<Double>) throws -> Double {
        while true {
            say("\(actuator): relaxed at how many \(unit)? (Enter: \(proposed)) ")
            guard let line = readLine()?.trimmingCharacters(in: .whitespaces) else {
                throw AngleMeterFailure.outOfAnswers(actuator: actuator)
            }
            if line.isEmpty { return proposed }
            if let value = Double(line), within.contains(value) { return value }
            say("expected a number from \(within.lowerBound) to \(within.upperBound)\n")
        }
    }

    func isReversed(_ actuator: String, inputs: String) throws -> Bool {
        while true {
            say("\(actuator): does the face now show \(inputs.isEmpty ? "its upper end" : inputs)? [y/n] ")
            guard let line = readLine()?.lowercased() else {
                throw AngleMeterFailure.outOfAnswers(actuator: actuator)
            }
            if line.hasPrefix("y") { return false }
            if line.hasPrefix("n") { return true }
        }
    }

    private func say(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
