import FaceKit
import Yams

/// Takes a Hanson-style motor file over: the Pololu motors with their pulses into a robot file, and what maps blendshapes
/// to them (linear, weightedsum, interpsum) into a calibration. Source: hansonrobotics/HEAD, pau2motors and robots_config.
///
/// A weighted sum becomes a weighted sum, and a table that is straight; an interpolated sum becomes one whose table bends as
/// the spline of the term on its side does. Functions of a quaternion, and motors on other buses, are left out and said.
public enum HansonImport {
    /// Reads a motor file: a list of motors, or a mapping of names to motors.
    ///
    /// - Parameter gaze: which way the eyes look; a file whose eyes turn by angles is refused until it is said.
    public static func read(_ path: String, name: String, gaze: GazeSigns) throws(FileProblems) -> ImportedRobot {
        try read(YAMLFile(path: path), name: name, gaze: gaze)
    }

    static func read(_ file: YAMLFile, name: String, gaze: GazeSigns = GazeSigns()) throws(FileProblems)
        -> ImportedRobot
    {
        var entries: [(name: String?, node: Node)] = []
        if let list = file.root.sequence {
            entries = list.map { (nil, $0) }
        } else if let mapping = file.root.mapping {
            entries = mapping.map { ($0.key.string, $0.value) }
        }
        var (motors, remarks): ([HansonMotor], [String]) = ([], [])
        for (index, entry) in entries.enumerated() {
            guard let reader = YAMLFile.Reader(file: file, node: entry.node, key: entry.name ?? "motor \(index + 1)")
            else { continue }
            let motorName = entry.name ?? reader.text("name") ?? "motor-\(index + 1)"
            if let hardware = reader.optionalText("hardware"), hardware != "pololu" {
                remarks.append("\(motorName) is on \(hardware), not on a Maestro: left out")
                continue
            }
            if let motor = HansonMotor(reader, name: motorName, gaze: gaze, &remarks) { motors.append(motor) }
        }
        if motors.isEmpty, file.notes.problems.isEmpty {
            file.note(1, "", .missing(expected: "at least one motor on pololu"))
        }
        try file.check()
        return ImportedRobot(
            robot: robot(motors, name), calibration: calibration(motors, name),
            remarks: remarks + [
                "velocity, acceleration and jerk are those of a face-sized hobby servo: the motor file knows none",
                "shape keys were matched to ARKit names by meaning: check each direction on the face",
            ])
    }

    private static func robot(_ motors: [HansonMotor], _ name: String) -> String {
        let plain = ImportedRobot.plain
        let lines = motors.map { motor in
            "  - {name: \(motor.name), channel: \(motor.channel), min_us: \(plain(motor.lowest)), "
                + "neutral_us: \(plain(motor.neutral)), max_us: \(plain(motor.highest)), motion: face}"
        }
        return
            ([
                "# Imported from a Hanson-style motor file: channels and pulses are its own, rates are assumed.", "",
                "name: \(ImportedRobot.name(name, else: "imported"))", "control_rate_hz: 100", "", "buses:",
                "  face: {kind: maestro}", "", "motion:",
                "  face: {velocity_deg_per_s: 300, acceleration_deg_per_s2: 5000, jerk_deg_per_s3: 160000}", "",
                "actuators:",
            ] + lines).joined(separator: "\n") + "\n"
    }

    private static func calibration(_ motors: [HansonMotor], _ name: String) -> String {
        var lines = [
            "# Imported from a Hanson-style motor file; nothing is measured.", "",
            "robot: \(ImportedRobot.name(name, else: "imported"))", "", "actuators:",
        ]
        for motor in motors {
            let terms = motor.inputs.map { term in
                term.neutral == 0
                    ? "\(term.channel.name): \(ImportedRobot.fine(term.weight))"
                    : "\(term.channel.name): {weight: \(ImportedRobot.fine(term.weight)), neutral: \(ImportedRobot.fine(term.neutral))}"
            }
            let points = motor.table.map { "[\(ImportedRobot.fine($0.input)), \(ImportedRobot.plain($0.raw))]" }
            lines += [
                "  \(motor.name):", "    inputs: {\(terms.joined(separator: ", "))}",
                "    neutral_us: \(ImportedRobot.plain(motor.neutral))",
                "    table: [\(points.joined(separator: ", "))]",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
