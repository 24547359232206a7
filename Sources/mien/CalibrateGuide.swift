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
        abstract: "Find each actuator's ends, neutral and direction at crawling speed and low torque.",
        discussion: """
            One actuator after the other crawls up, then down, and stops where its servo stalls (Dynamixel, Feetech), where \
            you press Enter, or at the robot file's limit. Then you are asked for the relaxed face and for the direction. \
            With --answers nobody is asked. `mien calibrate sweep` measures the tables afterwards.
            """)

    @Argument(help: "The robot file.", completion: .file(extensions: ["yaml"]))
    var robot: String

    @OptionGroup var port: PortOption

    @Option(help: "The unit's serial number: letters, digits, - and _.")
    var serial: String

    @Option(
        help: .init(
            "The calibration to begin with. (default: the one named like the robot)", valueName: "file"))
    var calibration: String?

    @Option(
        help: .init(
            "A JSON object of answers by actuator: {\"jaw\": {\"low\": 1100, \"high\": 1800, \"neutral\": 1500, \"reversed\": true}}.",
            valueName: "file"))
    var answers: String?

    @Option(help: "Actuators to guide, by name. (default: all)")
    var only: [String] = []

    @Option(help: "Share of each actuator's speed that is used, 0.01 to 0.5.")
    var speed = 0.1

    @Option(help: "Share of each servo's torque that is used where it can be limited, 0.1 to 1.")
    var torque = 0.3

    @Option(help: "Without a port: give the simulated mechanism ends of its own, by this seed.")
    var stops: UInt64?

    @Option(help: "The folder of calibrations.")
    var folder = "Calibration"

    @Flag(help: "Save without asking.")
    var yes = false

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard (0.01...0.5).contains(speed) else { throw ValidationError("--speed must be between 0.01 and 0.5") }
        guard (0.1...1).contains(torque) else { throw ValidationError("--torque must be between 0.1 and 1") }
    }

    func run() throws {
        let description = try RobotDescription(path: robot)
        let store = CalibrationStore(folder: folder)
        _ = try store.file(robot: description.name, serial: serial)
        let nominalFile = try calibration ?? Home.find().file("Calibration/\((robot as NSString).lastPathComponent)")
        let nominal = try Calibration(path: nominalFile, robot: description)
        let written = try answers.map { try WrittenAnswers(path: $0, robot: description) }
        let chosen = try CalibrateSweep.actuators(only, of: description)
        let lines = try RobotLines(
            robot: description, path: robot, ports: try port.ports(of: description), stops: stops,
            framesPerHealthRequest: 5)
        defer { lines.finish() }
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        var care = CalibrationRun.Care()
        care.speed = speed
        let outputs = lines.buses.map(\.output)
        for output in outputs { output.limitTorque(torque) }
        defer { for output in outputs { output.limitTorque(1) } }
        let starts = zip(lines.measured(count: description.actuators.count), description.neutral).map { $0 ?? $1 }
        var run = CalibrationRun(
            robot: description, nominal: nominal, outputs: outputs, starts: starts, care: care, stop: stop)
        var made = nominal
        made.serial = serial
        var report: [Line] = []
        for index in chosen {
            let line: Line
            do {
                let found: CalibrationRun.Guided
                if var written {
                    found = try run.guide(index, answers: &written)
                } else {
                    var asked = TerminalAnswers(unit: description.actuators[index].scale.unit.symbol)
                    found = try run.guide(index, answers: &asked)
                }
                made.entries[index] = found.entry
                line = Line(description.actuators[index], found)
            } catch let failure as CalibrationPlan.Failure {
                line = Line(name: description.actuators[index].name, reason: failure.description)
            }
            report.append(line)
            if !json { print(line.text) }
        }
        made.antagonists = CalibrationPlan.antagonists(of: made)
        guard report.contains(where: { $0.reason == nil }) else { throw CalibrateSweep.NothingCalibrated() }
        guard yes || written != nil || confirms() else {
            print("nothing was saved")
            return
        }
        let file = try store.save(
            made, robot: description,
            remarks: [
                "Calibration of \(description.name), unit \(serial), by mien calibrate guide from \((nominalFile as NSString).lastPathComponent).",
                "low and high: where the unit's mechanism moves freely. Its tables are pressed into that, not measured.",
            ])
        if json {
            print(try JSONText.page(Report(file: file.path, actuators: report)))
        } else {
            for pair in made.antagonists {
                print(
                    "\(description.actuators[pair.first].name) and \(description.actuators[pair.second].name) pull against each other: coupled"
                )
            }
            print("saved \(file.path); mien calibrate sweep measures its tables")
        }
    }

    private func confirms() -> Bool {
        FileHandle.standardError.write(Data("Save this calibration? [y/N] ".utf8))
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }

    private struct Report: Encodable {
        let file: String
        let actuators: [Line]
    }

    private struct Line: Encodable {
        let name: String
        var low: Double?
        var high: Double?
        var neutral: Double?
        var lowEnd: String?
        var highEnd: String?
        var isReversed: Bool?
        var reason: String?

        enum CodingKeys: String, CodingKey {
            case name, low, high, neutral, reason
            case lowEnd = "low_end"
            case highEnd = "high_end"
            case isReversed = "reversed"
        }

        init(name: String, reason: String) {
            self.name = name
            self.reason = reason
        }

        init(_ actuator: Actuator, _ found: CalibrationRun.Guided) {
            name = actuator.name
            low = found.ends.reach.lowerBound
            high = found.ends.reach.upperBound
            neutral = found.entry.neutralRaw
            lowEnd = found.ends.low.rawValue
            highEnd = found.ends.high.rawValue
            isReversed = found.isReversed
        }

        var text: String {
            if let reason { return "\(name): kept as it was: \(name) \(reason)" }
            func number(_ value: Double?) -> String { String(format: "%.1f", value ?? .nan) }
            return
                "\(name): \(number(low)) (\(lowEnd ?? "")) to \(number(high)) (\(highEnd ?? "")), neutral \(number(neutral))"
                + (isReversed ?? false ? ", reversed" : "")
        }
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
