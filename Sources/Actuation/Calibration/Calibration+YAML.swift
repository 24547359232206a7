import FaceKit
import Yams

extension Calibration {
    /// Reads a calibration file against its robot.
    /// - Throws: `FileProblems` with everything that is wrong in it, with file, line and key.
    public init(path: String, robot: RobotDescription) throws(FileProblems) {
        try self.init(YAMLFile(path: path), robot: robot)
    }

    /// Reads a calibration from text; `name` is what problems call the file.
    public init(yaml: String, name: String, robot: RobotDescription) throws(FileProblems) {
        try self.init(YAMLFile(name: name, text: yaml), robot: robot)
    }

    /// The name of the robot that a calibration file belongs to and the line that says so, read before the rest so that
    /// the robot can be found.
    /// - Throws: `FileProblems` when the file cannot be read or names none.
    public static func robot(namedIn path: String) throws(FileProblems) -> (name: String, line: Int) {
        let file = try YAMLFile(path: path)
        let reader = file.reader()
        let name = reader?.text("robot")
        try file.check()
        return (name ?? "", reader?.line(of: "robot") ?? 1)
    }

    init(_ file: YAMLFile, robot: RobotDescription) throws(FileProblems) {
        let parts = file.reader().flatMap { CalibrationReader(top: $0, robot: robot).read() }
        try file.check()
        guard let parts else { throw FileProblems(problems: []) }
        self = parts
    }
}

/// Reads the mapping of a calibration file. What is wrong is noted in the file; the result is nil then.
private struct CalibrationReader {
    let top: YAMLFile.Reader
    let robot: RobotDescription

    func read() -> Calibration? {
        top.allowOnly("robot", "serial", "date", "rest", "antagonists", "actuators")
        let name = top.text("robot")
        if let name, name != robot.name {
            top.note("robot", .unexpected(found: name, expected: "\(robot.name), the robot it is used with"))
        }
        var entries: [Int: Calibration.Entry] = [:]
        var seen: Set<Int> = []
        for (actuatorName, reader) in top.children("actuators") {
            guard let index = robot.index(ofActuator: actuatorName) else {
                top.file.note(
                    reader.line, reader.key, .unknownName(found: actuatorName, kind: "an actuator of \(robot.name)"))
                continue
            }
            seen.insert(index)
            entries[index] = entry(index, reader)
        }
        for (index, actuator) in robot.actuators.enumerated() where !seen.contains(index) {
            top.note("actuators", .missingActuator(actuator.name))
        }
        let ordered = robot.actuators.indices.compactMap { entries[$0] }
        let rest = top.mapping["rest"] == nil ? [] : effects(top, "rest")
        let antagonists = antagonists()
        guard let name, let rest, let antagonists, ordered.count == robot.actuators.count else { return nil }
        return Calibration(
            robot: name, serial: top.optionalText("serial"), date: top.optionalText("date"), entries: ordered,
            rest: rest, antagonists: antagonists)
    }

    /// `[first, second]` or `[first, second, most]` for each pair.
    private func antagonists() -> [Calibration.Antagonists]? {
        guard top.mapping["antagonists"] != nil else { return [] }
        let expected = "a list of pairs of actuators"
        guard let nodes = top.list("antagonists", expected) else { return nil }
        let pairs = nodes.enumerated().compactMap { number, node -> Calibration.Antagonists? in
            let key = "antagonists[\(number)]"
            guard let parts = node.sequence, (2...3).contains(parts.count) else {
                top.file.note(node.mark?.line, key, .unexpected(found: node.summary, expected: "[first, second]"))
                return nil
            }
            let places = (0..<2).compactMap { place -> Int? in
                let name = parts[place].string ?? parts[place].summary
                if let index = robot.index(ofActuator: name) { return index }
                top.file.note(
                    node.mark?.line, key, .unknownName(found: name, kind: "an actuator of \(robot.name)"))
                return nil
            }
            guard places.count == 2 else { return nil }
            guard places[0] != places[1] else {
                top.file.note(
                    node.mark?.line, key, .unexpected(found: "one actuator twice", expected: "two actuators"))
                return nil
            }
            var most = 1.0
            if parts.count == 3 {
                guard let given = top.file.number(parts[2], key, 0.1...2, "0.1 to 2 ways together") else {
                    return nil
                }
                most = given
            }
            return Calibration.Antagonists(first: places[0], second: places[1], most: most)
        }
        return pairs.count == nodes.count ? pairs : nil
    }

    /// The reach of an actuator: `low_UNIT` and `high_UNIT`, both or none.
    private func reach(_ reader: YAMLFile.Reader, _ actuator: Actuator) -> ClosedRange<Double>?? {
        let unit = actuator.scale.unit
        let keys = ["low_\(unit.rawValue)", "high_\(unit.rawValue)"]
        guard keys.contains(where: { reader.mapping[$0] != nil }) else { return .some(nil) }
        let inside = "\(actuator.lowestRaw) to \(actuator.highestRaw) \(unit.symbol), the actuator's limits"
        let low = reader.number(keys[0], actuator.rawRange, inside)
        let high = reader.number(keys[1], actuator.rawRange, inside)
        guard let low, let high else { return nil }
        guard high - low >= 1 else {
            reader.note(keys[1], .unexpected(found: "\(high)", expected: "at least 1 above \(keys[0]), \(low)"))
            return nil
        }
        return .some(low...high)
    }

    private func entry(_ index: Int, _ reader: YAMLFile.Reader) -> Calibration.Entry? {
        let actuator = robot.actuators[index]
        let unit = actuator.scale.unit
        let neutralKey = "neutral_\(unit.rawValue)"
        let isInHead = robot.head?.motors.contains(index) ?? false
        let measured = [
            "backlash_\(unit.rawValue)", "worst_error_deg", "low_\(unit.rawValue)", "high_\(unit.rawValue)",
        ]
        reader.allowOnly(
            (isInHead ? [neutralKey] : ["inputs", "landmark_inputs", neutralKey, "table", "shows", "shows_below"])
                + measured)
        let width = actuator.highestRaw - actuator.lowestRaw
        let backlash = reader.number(
            measured[0], default: 0, 0...width / 2, "0 to \(width / 2) \(unit.symbol), half the actuator's range")
        var worst: Double?
        if reader.mapping[measured[1]] != nil {
            worst = reader.number(measured[1], 0...180, "0 to 180 degrees").map { $0 * .pi / 180 }
        }
        guard let backlash, let reach = reach(reader, actuator) else { return nil }
        let neutral = neutral(reader, neutralKey, actuator)
        if isInHead {
            return neutral.map {
                Calibration.Entry(
                    actuator: index, inputs: [], landmarkInputs: [], neutralRaw: $0, table: nil, backlash: backlash,
                    worstError: worst, reach: reach)
            }
        }
        let inputs = terms(reader, "inputs")
        let landmarkInputs = reader.mapping["landmark_inputs"] == nil ? inputs : terms(reader, "landmark_inputs")
        let table = table(reader, actuator)
        var effects: FaceEffects? = FaceEffects(above: [], below: [])
        if reader.mapping["shows"] != nil {
            effects = self.effects(reader, "shows").map { .init(above: $0, below: []) }
        }
        if reader.mapping["shows_below"] != nil {
            effects = self.effects(reader, "shows_below").flatMap { below in
                effects.map { .init(above: $0.above, below: below) }
            }
        }
        guard let inputs, let landmarkInputs, let neutral, let table, let effects else { return nil }
        return Calibration.Entry(
            actuator: index, inputs: inputs, landmarkInputs: landmarkInputs, neutralRaw: neutral, table: table,
            backlash: backlash, worstError: worst,
            effects: effects.above.isEmpty && effects.below.isEmpty ? nil : effects, reach: reach)
    }

    private func neutral(_ reader: YAMLFile.Reader, _ key: String, _ actuator: Actuator) -> Double? {
        let neutral = reader.number(
            key, actuator.scale.possible,
            "\(actuator.lowestRaw) to \(actuator.highestRaw) \(actuator.scale.unit.symbol)")
        if let neutral, !actuator.rawRange.contains(neutral) { reader.note(key, leavesLimits(neutral, actuator)) }
        return neutral
    }

    private func leavesLimits(_ found: Double, _ actuator: Actuator) -> FileProblem.Fault {
        .leavesLimits(
            found: found, lower: actuator.lowestRaw, upper: actuator.highestRaw, unit: actuator.scale.unit)
    }

    /// `channel: weight` or `channel: {weight: w, neutral: n}` for each summand.
    private func terms(_ reader: YAMLFile.Reader, _ key: String) -> [Calibration.Term]? {
        guard let child = reader.child(key) else { return nil }
        let sane = -1e6...1e6
        return child.mapping.compactMap { keyNode, node -> Calibration.Term? in
            guard let name = keyNode.string else { return nil }
            guard let channel = FaceChannel(name: name) else {
                child.file.note(
                    keyNode.mark?.line, child.path(name),
                    .unknownName(found: name, kind: "a blendshape, a head value or a landmark distance"))
                return nil
            }
            guard node.mapping != nil else {
                return child.number(name, sane, "a weight, or a mapping of weight and neutral").map {
                    Calibration.Term(channel: channel, weight: $0, neutral: 0)
                }
            }
            guard let detail = YAMLFile.Reader(file: child.file, node: node, key: child.path(name)) else { return nil }
            detail.allowOnly("weight", "neutral")
            let weight = detail.number("weight", sane, "a number from -1e6 to 1e6")
            let neutral = detail.number("neutral", default: 0, sane, "a number from -1e6 to 1e6")
            guard let weight, let neutral else { return nil }
            return Calibration.Term(channel: channel, weight: weight, neutral: neutral)
        }
    }

    /// `channel: amount` for each channel that shows.
    private func effects(_ reader: YAMLFile.Reader, _ key: String) -> [FaceEffects.Effect]? {
        guard let child = reader.child(key) else { return nil }
        let effects = child.mapping.compactMap { keyNode, _ -> FaceEffects.Effect? in
            guard let name = keyNode.string else { return nil }
            guard let channel = FaceChannel(name: name), channel.rawValue < FaceEffects.channelCount else {
                child.file.note(
                    keyNode.mark?.line, child.path(name),
                    .unknownName(found: name, kind: "a blendshape or a head angle"))
                return nil
            }
            return child.number(name, -100...100, "how much of it shows, a number from -100 to 100").map {
                FaceEffects.Effect(channel: channel, amount: $0)
            }
        }
        return effects.count == child.mapping.count ? effects : nil
    }

    private func table(_ reader: YAMLFile.Reader, _ actuator: Actuator) -> MonotoneCubic? {
        let unit = actuator.scale.unit
        let symbol = unit.symbol
        let expected = "a list of at least \(Calibration.fewestPoints) points [input, \(symbol)]"
        guard let nodes = reader.list("table", expected) else { return nil }
        if nodes.count < Calibration.fewestPoints {
            reader.note("table", .tooFewPoints(found: nodes.count, expected: Calibration.fewestPoints))
        }
        var points: [(input: Double, raw: Double)] = []
        for (index, node) in nodes.enumerated() {
            let key = reader.path("table[\(index)]")
            guard let pair = node.sequence, pair.count == 2 else {
                reader.file.note(node.mark?.line, key, .unexpected(found: node.summary, expected: "[input, \(symbol)]"))
                continue
            }
            let input = reader.file.number(pair[0], key, -1e6...1e6, "a finite input")
            let raw = reader.file.number(pair[1], key, -1e6...1e6, "a finite \(unit.quantity) in \(symbol)")
            guard let input, let raw else { continue }
            if !actuator.rawRange.contains(raw) {
                reader.file.note(node.mark?.line, key, leavesLimits(raw, actuator))
            }
            if let last = points.last {
                if input <= last.input {
                    reader.file.note(
                        node.mark?.line, key, .inputNotRising(point: index + 1, previous: last.input, found: input))
                }
                let rises = points.count > 1 ? points[1].raw > points[0].raw : raw > last.raw
                if raw == last.raw || (raw > last.raw) != rises {
                    reader.file.note(
                        node.mark?.line, key, .notMonotone(point: index + 1, previous: last.raw, found: raw, unit: unit)
                    )
                }
            }
            points.append((input, raw))
        }
        return MonotoneCubic(inputs: points.map(\.input), outputs: points.map(\.raw))
    }
}
