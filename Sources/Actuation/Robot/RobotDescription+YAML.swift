import Yams

extension RobotDescription {
    /// Reads a robot file.
    /// - Throws: `FileProblems` with everything that is wrong in it, with file, line and key.
    public init(path: String) throws(FileProblems) {
        try self.init(YAMLFile(path: path))
    }

    /// Reads a robot description from text; `name` is what problems call the file.
    public init(yaml: String, name: String) throws(FileProblems) {
        try self.init(YAMLFile(name: name, text: yaml))
    }

    init(_ file: YAMLFile) throws(FileProblems) {
        let parts = file.reader().flatMap(RobotReader.init)?.read()
        try file.check()
        guard let parts else { throw FileProblems(problems: []) }
        self = parts
    }
}

/// Reads the mapping of a robot file. What is wrong is noted in the file; the result is nil then.
private struct RobotReader {
    let top: YAMLFile.Reader

    func read() -> RobotDescription? {
        top.allowOnly("name", "control_rate_hz", "buses", "motion", "actuators")
        let name = top.text("name")
        let rate = top.number("control_rate_hz", default: 100, 50...500, "50 to 500 Hz")
        let buses = top.children("buses").map { ($0.name, bus($0.name, $0.reader)) }
        var motions: [String: Motion] = [:]
        for (name, reader) in top.children("motion") { motions[name] = motion(reader) }
        let actuators = actuators(buses.map(\.0), buses.map(\.1), motions)
        guard let name, let rate else { return nil }
        let whole = buses.compactMap(\.1)
        guard whole.count == buses.count, !whole.isEmpty, !actuators.isEmpty else { return nil }
        return RobotDescription(name: name, controlRate: rate, buses: whole, actuators: actuators)
    }

    private func bus(_ name: String, _ reader: YAMLFile.Reader) -> RobotDescription.Bus? {
        reader.allowOnly("kind", "port", "device", "crc", "channels")
        let kind = reader.text("kind")
        if let kind, kind != "maestro" {
            reader.note("kind", .unexpected(found: kind, expected: "maestro"))
            return nil
        }
        let port = reader.optionalText("port")
        let hasDevice = reader.mapping["device"] != nil
        let device = hasDevice ? reader.integer("device", 0...127) : nil
        let crc = reader.flag("crc", default: false)
        let channels = reader.integer("channels", 6...24, default: 24)
        if let channels, ![6, 12, 18, 24].contains(channels) {
            reader.note("channels", .unexpected(found: "\(channels)", expected: "6, 12, 18 or 24"))
        }
        guard kind != nil, device != nil || !hasDevice, let crc, let channels else { return nil }
        return RobotDescription.Bus(
            name: name, kind: .maestro(.init(device: device.map { UInt8($0) }, crc: crc, channels: channels)),
            port: port)
    }

    /// Speed, acceleration and jerk as the file gives them, each with the number of radians or microseconds of its unit.
    private struct Motion {
        /// The value and whether it is in microseconds rather than radians.
        typealias Rate = (value: Double, isPulse: Bool)
        let velocity, acceleration, jerk: Rate
    }

    private func motion(_ reader: YAMLFile.Reader) -> Motion? {
        reader.allowOnly(
            "velocity_deg_per_s", "velocity_us_per_s", "acceleration_deg_per_s2", "acceleration_us_per_s2",
            "jerk_deg_per_s3", "jerk_us_per_s3")
        let velocity = rate(reader, "velocity", "s")
        let acceleration = rate(reader, "acceleration", "s2")
        let jerk = rate(reader, "jerk", "s3")
        guard let velocity, let acceleration, let jerk else { return nil }
        return Motion(velocity: velocity, acceleration: acceleration, jerk: jerk)
    }

    private func rate(_ reader: YAMLFile.Reader, _ what: String, _ unit: String) -> Motion.Rate? {
        let degrees = "\(what)_deg_per_\(unit)"
        let pulses = "\(what)_us_per_\(unit)"
        let range = 1e-3...1e12
        if reader.mapping[pulses] == nil {
            return reader.number(degrees, range, "a number from 0.001 to 1e12 (or the key \(pulses))")
                .map { ($0 * .pi / 180, false) }
        }
        if reader.mapping[degrees] != nil { reader.note(degrees, .duplicate(firstLine: reader.line(of: pulses))) }
        return reader.number(pulses, range, "a number from 0.001 to 1e12").map { ($0, true) }
    }

    private func actuators(
        _ busNames: [String], _ buses: [RobotDescription.Bus?], _ motions: [String: Motion]
    ) -> [Actuator] {
        var actuators: [Actuator] = []
        var lineOfName: [String: Int] = [:]
        var lineOfChannel: [SIMD2<Int>: Int] = [:]
        let nodes = top.list("actuators", "a list of actuators") ?? []
        if nodes.isEmpty, top.mapping["actuators"]?.sequence != nil {
            top.note("actuators", .missing(expected: "at least one actuator"))
        }
        for (index, node) in nodes.enumerated() {
            guard let reader = YAMLFile.Reader(file: top.file, node: node, key: "actuators[\(index)]") else { continue }
            reader.allowOnly(
                "name", "bus", "channel", "min_us", "neutral_us", "max_us", "safe_us", "pulse_scale_deg_per_us",
                "motion")
            let name = reader.text("name")
            if let name {
                if let first = lineOfName[name] { reader.note("name", .duplicate(firstLine: first)) }
                lineOfName[name] = lineOfName[name] ?? reader.line(of: "name")
            }
            let bus = busIndex(reader, busNames)
            let channel = reader.integer("channel", 0...23)
            if let bus, let channel {
                if let first = lineOfChannel[[bus, channel]] { reader.note("channel", .duplicate(firstLine: first)) }
                lineOfChannel[[bus, channel]] = lineOfChannel[[bus, channel]] ?? reader.line(of: "channel")
                if case .maestro(let maestro)? = buses[bus]?.kind, channel >= maestro.channels {
                    reader.note(
                        "channel", .unexpected(found: "\(channel)", expected: "a channel below \(maestro.channels)"))
                }
            }
            let motionName = reader.text("motion")
            let motion = motionName.flatMap { motions[$0] }
            if let motionName, top.mapping["motion"]?.mapping?[motionName] == nil {
                reader.note("motion", .unknownName(found: motionName, kind: "an entry of motion"))
            }
            let range = pulses(reader)
            let scale = reader.number(
                "pulse_scale_deg_per_us", default: 0.09, 0.001...1, "0.001 to 1 degree per microsecond")
            guard let name, let bus, let channel, let motion, let range, let scale else { continue }
            let radians = scale * .pi / 180
            func inRadians(_ rate: Motion.Rate) -> Double { rate.isPulse ? rate.value * radians : rate.value }
            guard
                let limits = MotionLimits(
                    lower: (range.min - Actuator.centrePulse) * radians,
                    upper: (range.max - Actuator.centrePulse) * radians,
                    velocity: inRadians(motion.velocity), acceleration: inRadians(motion.acceleration),
                    jerk: inRadians(motion.jerk))
            else { continue }
            actuators.append(
                Actuator(
                    name: name, bus: bus, channel: channel, minPulse: range.min, neutralPulse: range.neutral,
                    maxPulse: range.max, safePulse: range.safe, pulseScale: radians, limits: limits))
        }
        return actuators
    }

    /// The bus' index; a robot with a single bus need not name it.
    private func busIndex(_ reader: YAMLFile.Reader, _ names: [String]) -> Int? {
        if reader.mapping["bus"] == nil, names.count == 1 { return 0 }
        guard let name = reader.text("bus") else { return nil }
        if let index = names.firstIndex(of: name) { return index }
        reader.note("bus", .unknownName(found: name, kind: "a bus of this file"))
        return nil
    }

    private func pulses(
        _ reader: YAMLFile.Reader
    ) -> (min: Double, neutral: Double, max: Double, safe: Double)? {
        // What a Maestro can send: 14 bits of quarter microseconds, less the 0 that stops the pulses.
        let possible = 64.0...4095.75
        let expected = "64 to 4095.75 µs"
        let lowest = reader.number("min_us", possible, expected)
        let highest = reader.number("max_us", possible, expected)
        guard let lowest, let highest else {
            _ = reader.number("neutral_us", possible, expected)
            return nil
        }
        guard highest - lowest >= 1 else {
            reader.note("max_us", .unexpected(found: "\(highest)", expected: "at least 1 µs above min_us, \(lowest)"))
            return nil
        }
        let inside = "\(lowest) to \(highest) µs, between min_us and max_us"
        let neutral = reader.number("neutral_us", lowest...highest, inside)
        let safe = reader.number("safe_us", default: neutral ?? lowest, lowest...highest, inside)
        guard let neutral, let safe else { return nil }
        return (lowest, neutral, highest, safe)
    }
}
