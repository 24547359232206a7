import Foundation

extension Calibration {
    /// The calibration as a YAML file that `init(path:robot:)` reads.
    ///
    /// - Parameter remarks: lines of comment at the top.
    public func yaml(robot description: RobotDescription, remarks: [String]) -> String {
        var lines =
            ["# yaml-language-server: $schema=../Documentation/calibration-schema.json"] + remarks.map { "# \($0)" }
            + ["", "robot: \(robot)"]
        if let serial { lines.append("serial: \"\(serial)\"") }
        if let date { lines.append("date: \"\(date)\"") }
        if !rest.isEmpty { lines.append("rest: \(Self.text(rest))") }
        if !antagonists.isEmpty {
            let pairs = antagonists.map { pair in
                "[\(description.actuators[pair.first].name), \(description.actuators[pair.second].name)"
                    + (pair.most == 1 ? "]" : ", \(Self.text(pair.most))]")
            }
            lines.append("antagonists: [\(pairs.joined(separator: ", "))]")
        }
        lines += ["", "actuators:"]
        for entry in entries {
            let actuator = description.actuators[entry.actuator]
            let unit = actuator.scale.unit.rawValue
            lines.append("  \(actuator.name):")
            if let table = entry.table {
                lines.append("    inputs: \(Self.text(entry.inputs))")
                if entry.landmarkInputs != entry.inputs {
                    lines.append("    landmark_inputs: \(Self.text(entry.landmarkInputs))")
                }
                for (key, effects) in [("shows", entry.effects?.above), ("shows_below", entry.effects?.below)] {
                    guard let effects, !effects.isEmpty else { continue }
                    lines.append("    \(key): \(Self.text(effects))")
                }
                lines.append("    neutral_\(unit): \(Self.text(entry.neutralRaw))")
                let points = zip(table.inputs, table.outputs).map { "[\(Self.text($0)), \(Self.text($1))]" }
                lines.append("    table: [\(points.joined(separator: ", "))]")
            } else {
                lines.append("    neutral_\(unit): \(Self.text(entry.neutralRaw))")
            }
            if let reach = entry.reach {
                lines.append("    low_\(unit): \(Self.text(reach.lowerBound))")
                lines.append("    high_\(unit): \(Self.text(reach.upperBound))")
            }
            if entry.backlash > 0 { lines.append("    backlash_\(unit): \(Self.text(entry.backlash))") }
            if let worst = entry.worstError {
                lines.append("    worst_error_deg: \(Self.text(worst * 180 / .pi))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ terms: [Term]) -> String {
        let parts = terms.map { term in
            term.neutral == 0
                ? "\(term.channel.name): \(text(term.weight))"
                : "\(term.channel.name): {weight: \(text(term.weight)), neutral: \(text(term.neutral))}"
        }
        return "{\(parts.joined(separator: ", "))}"
    }

    private static func text(_ effects: [FaceEffects.Effect]) -> String {
        "{\(effects.map { "\($0.channel.name): \(text($0.amount))" }.joined(separator: ", "))}"
    }

    /// A number with four decimals at most.
    private static func text(_ value: Double) -> String {
        let rounded = (value * 10_000).rounded() / 10_000
        return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
    }
}
