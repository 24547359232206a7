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
        top.allowOnly("name", "control_rate_hz", "buses", "motion", "actuators", "head", "protection")
        let name = top.text("name")
        let rate = top.number("control_rate_hz", default: 100, 50...500, "50 to 500 Hz")
        let buses = top.children("buses").map { ($0.name, bus($0.name, $0.reader)) }
        var motions: [String: Motion] = [:]
        for (name, reader) in top.children("motion") { motions[name] = motion(reader) }
        let actuators = actuators(buses.map(\.0), buses.map(\.1), motions)
        let protection = protection()
        guard let name, let rate, let protection else { return nil }
        let whole = buses.compactMap(\.1)
        guard whole.count == buses.count, !whole.isEmpty, !actuators.isEmpty else { return nil }
        var head: HeadGroup?
        if top.mapping["head"] != nil {
            head = headGroup(actuators)
            guard head != nil else { return nil }
        }
        return RobotDescription(
            name: name, controlRate: rate, buses: whole, actuators: actuators, head: head,
            protection: protection)
    }

    private func protection() -> Derating.Rule? {
        var rule = Derating.Rule()
        guard top.mapping["protection"] != nil else { return rule }
        guard let reader = top.child("protection") else { return nil }
        reader.allowOnly("warm_c", "hot_c", "load", "load_s")
        let warm = reader.number("warm_c", default: rule.warm, 20...100, "20 to 100 degrees Celsius")
        let hot = reader.number("hot_c", default: rule.hot, 20...100, "20 to 100 degrees Celsius")
        let load = reader.number("load", default: rule.load, 0.1...0.99, "0.1 to 0.99 of the most torque")
        let time = reader.number("load_s", default: rule.loadTime, 0.1...60, "0.1 to 60 s")
        guard let warm, let hot, let load, let time else { return nil }
        guard hot >= warm + 1 else {
            reader.note("hot_c", .unexpected(found: "\(hot)", expected: "at least 1 degree above warm_c, \(warm)"))
            return nil
        }
        (rule.warm, rule.hot, rule.load, rule.loadTime) = (warm, hot, load, time)
        return rule
    }

    private func headGroup(_ actuators: [Actuator]) -> HeadGroup? {
        guard let reader = top.child("head") else { return nil }
        reader.allowOnly(
            "kind", "motors", "body", "arm_mm", "rod_mm", "motor_radius_mm", "motor_offset_mm", "motor_height_mm",
            "anchor_radius_mm", "anchor_half_angle_deg", "height_mm", "most_twist_deg", "most_tilt_deg")
        guard let kind = reader.text("kind") else { return nil }
        guard kind == "stewart" else {
            reader.note("kind", .unexpected(found: kind, expected: "stewart"))
            return nil
        }
        func place(_ name: String, _ key: String) -> Int? {
            if let index = actuators.firstIndex(where: { $0.name == name }) { return index }
            reader.note(key, .unknownName(found: name, kind: "an actuator of this file"))
            return nil
        }
        let names = reader.list("motors", "a list of six actuators")?.compactMap(\.string) ?? []
        if names.count != 6 { reader.note("motors", .unexpected(found: "\(names.count)", expected: "six actuators")) }
        let motors = names.compactMap { place($0, "motors") }
        let body = reader.optionalText("body").map { place($0, "body") }
        func metres(_ key: String) -> Double? {
            reader.number(key, 0.1...1000, "0.1 to 1000 mm").map { $0 / 1000 }
        }
        func radians(_ key: String, _ most: Double) -> Double? {
            reader.number(key, 0...most, "0 to \(most) degrees").map { $0 * .pi / 180 }
        }
        let (arm, rod, radius) = (metres("arm_mm"), metres("rod_mm"), metres("motor_radius_mm"))
        let (offset, motorHeight) = (metres("motor_offset_mm"), metres("motor_height_mm"))
        let (anchor, angle, height) = (
            metres("anchor_radius_mm"), radians("anchor_half_angle_deg", 59), metres("height_mm")
        )
        let (twist, tilt) = (radians("most_twist_deg", 180), radians("most_tilt_deg", 90))
        guard let arm, let rod, let radius, let offset, let motorHeight, let anchor, let angle, let height, let twist,
            let tilt, motors.count == 6, body != .some(nil)
        else { return nil }
        return HeadGroup(
            platform: StewartPlatform(
                .init(
                    arm: arm, rod: rod, motorRadius: radius, motorOffset: offset, motorHeight: motorHeight,
                    anchorRadius: anchor, anchorHalfAngle: angle, height: height)),
            motors: motors, body: body ?? nil, mostTwist: twist, mostTilt: tilt)
    }

    private func bus(_ name: String, _ reader: YAMLFile.Reader) -> RobotDescription.Bus? {
        guard let word = reader.text("kind") else { return nil }
        guard let kind = BusKind(rawValue: word) else {
            reader.note("kind", .unexpected(found: word, expected: BusKind.names))
            return nil
        }
        reader.allowOnly(["kind", "port", "baud", "at_end"] + kind.ownKeys)
        let port = reader.optionalText("port")
        let hasBaud = reader.mapping["baud"] != nil
        let baud = hasBaud ? reader.integer("baud", 9600...4_500_000) : kind.usualBaud
        var atEnd: RobotDescription.Bus.AtEnd? = .relax
        if let word = reader.optionalText("at_end") {
            atEnd = .init(rawValue: word)
            if atEnd == nil { reader.note("at_end", .unexpected(found: word, expected: "relax or hold")) }
        }
        guard let settings = settings(kind, reader), let atEnd, baud != nil || !hasBaud else { return nil }
        return RobotDescription.Bus(name: name, kind: settings, port: port, baud: baud, atEnd: atEnd)
    }

    private func settings(_ kind: BusKind, _ reader: YAMLFile.Reader) -> RobotDescription.Bus.Kind? {
        switch kind {
        case .maestro: return maestro(reader).map { .maestro($0) }
        case .feetech: return .feetech
        case .ohbot: return .ohbot
        case .firmata: return .firmata
        case .dynamixel:
            // The e-Manual's unit: 20 ms, at most 127 of them.
            guard let milliseconds = reader.integer("watchdog_ms", 0...2540, default: 200) else { return nil }
            guard milliseconds % 20 == 0 else {
                reader.note(
                    "watchdog_ms", .unexpected(found: "\(milliseconds)", expected: "a multiple of 20 ms, or 0 for none")
                )
                return nil
            }
            return .dynamixel(.init(watchdog: UInt8(milliseconds / 20)))
        }
    }

    private func maestro(_ reader: YAMLFile.Reader) -> RobotDescription.Bus.Maestro? {
        let hasDevice = reader.mapping["device"] != nil
        let device = hasDevice ? reader.integer("device", 0...127) : nil
        let crc = reader.flag("crc", default: false)
        let channels = reader.integer("channels", 6...24, default: 24)
        if let channels, ![6, 12, 18, 24].contains(channels) {
            reader.note("channels", .unexpected(found: "\(channels)", expected: "6, 12, 18 or 24"))
        }
        guard device != nil || !hasDevice, let crc, let channels else { return nil }
        return .init(device: device.map { UInt8($0) }, crc: crc, channels: channels)
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
            let name = reader.text("name")
            if let name {
                if let first = lineOfName[name] { reader.note("name", .duplicate(firstLine: first)) }
                lineOfName[name] = lineOfName[name] ?? reader.line(of: "name")
            }
            guard let bus = busIndex(reader, busNames), let kind = buses[bus]?.kind else {
                _ = motion(reader, motions)
                continue
            }
            let place = BusKind(kind).placeKey
            let units = BusKind(kind).unit.rawValue
            reader.allowOnly(
                ["name", "bus", place, "motion"] + ["min", "neutral", "max", "safe"].map { "\($0)_\(units)" }
                    + BusKind(kind).actuatorKeys)
            let channel = channel(reader, kind)
            if let channel {
                if let first = lineOfChannel[[bus, channel]] { reader.note(place, .duplicate(firstLine: first)) }
                lineOfChannel[[bus, channel]] = lineOfChannel[[bus, channel]] ?? reader.line(of: place)
            }
            let motion = motion(reader, motions)
            guard let (model, scale) = scale(reader, kind), let range = range(reader, scale) else { continue }
            guard let name, let channel, let motion else { continue }
            func inRadians(_ rate: Motion.Rate) -> Double {
                rate.isPulse ? rate.value * scale.radiansPerUnit : rate.value
            }
            guard
                let limits = MotionLimits(
                    lower: scale.radians(ofRaw: range.lowest), upper: scale.radians(ofRaw: range.highest),
                    velocity: inRadians(motion.velocity), acceleration: inRadians(motion.acceleration),
                    jerk: inRadians(motion.jerk))
            else { continue }
            actuators.append(
                Actuator(
                    name: name, bus: bus, channel: channel, model: model, scale: scale, lowestRaw: range.lowest,
                    neutralRaw: range.neutral, highestRaw: range.highest, safeRaw: range.safe, limits: limits))
        }
        return actuators
    }

    private func motion(_ reader: YAMLFile.Reader, _ motions: [String: Motion]) -> Motion? {
        guard let name = reader.text("motion") else { return nil }
        if top.mapping["motion"]?.mapping?[name] == nil {
            reader.note("motion", .unknownName(found: name, kind: "an entry of motion"))
        }
        return motions[name]
    }

    /// The bus' index; a robot with a single bus need not name it.
    private func busIndex(_ reader: YAMLFile.Reader, _ names: [String]) -> Int? {
        if reader.mapping["bus"] == nil, names.count == 1 { return 0 }
        guard let name = reader.text("bus") else { return nil }
        if let index = names.firstIndex(of: name) { return index }
        reader.note("bus", .unknownName(found: name, kind: "a bus of this file"))
        return nil
    }

    private func channel(_ reader: YAMLFile.Reader, _ kind: RobotDescription.Bus.Kind) -> Int? {
        let key = BusKind(kind).placeKey
        guard let channel = reader.integer(key, BusKind(kind).places) else { return nil }
        if case .maestro(let maestro) = kind, channel >= maestro.channels {
            reader.note(key, .unexpected(found: "\(channel)", expected: "a channel below \(maestro.channels)"))
            return nil
        }
        return channel
    }

    /// What the actuator's bus counts in, and the servo's make where that decides it.
    private func scale(_ reader: YAMLFile.Reader, _ kind: RobotDescription.Bus.Kind) -> (ServoModel?, ServoScale)? {
        switch kind {
        case .maestro: return pulseScale(reader).map { (nil, .maestro(radiansPerMicrosecond: $0)) }
        case .firmata: return pulseScale(reader).map { (nil, .firmata(radiansPerMicrosecond: $0)) }
        case .ohbot: return (nil, .ohbot)
        case .dynamixel, .feetech:
            let isDynamixel = kind != .feetech
            let known = ServoModel.allCases.filter { $0.isDynamixel == isDynamixel }
            guard let word = reader.text("model") else { return nil }
            guard let model = known.first(where: { $0.rawValue == word }) else {
                let names = known.map(\.rawValue).joined(separator: ", ")
                reader.note("model", .unexpected(found: word, expected: "one of \(names)"))
                return nil
            }
            return (model, model.scale)
        }
    }

    private func pulseScale(_ reader: YAMLFile.Reader) -> Double? {
        reader.number("pulse_scale_deg_per_us", default: 0.09, 0.001...1, "0.001 to 1 degree per microsecond")
            .map { $0 * .pi / 180 }
    }

    private func range(
        _ reader: YAMLFile.Reader, _ scale: ServoScale
    ) -> (lowest: Double, neutral: Double, highest: Double, safe: Double)? {
        let possible = scale.possible
        let (unit, symbol) = (scale.unit.rawValue, scale.unit.symbol)
        let (low, high) = (YAMLFile.plain(possible.lowerBound), YAMLFile.plain(possible.upperBound))
        let expected = "\(low) to \(high) \(symbol)"
        let lowest = reader.number("min_\(unit)", possible, expected)
        let highest = reader.number("max_\(unit)", possible, expected)
        guard let lowest, let highest else {
            _ = reader.number("neutral_\(unit)", possible, expected)
            return nil
        }
        guard highest - lowest >= 1 else {
            reader.note(
                "max_\(unit)",
                .unexpected(found: "\(highest)", expected: "at least 1 \(symbol) above min_\(unit), \(lowest)"))
            return nil
        }
        let inside = "\(lowest) to \(highest) \(symbol), between min_\(unit) and max_\(unit)"
        let neutral = reader.number("neutral_\(unit)", lowest...highest, inside)
        let safe = reader.number("safe_\(unit)", default: neutral ?? lowest, lowest...highest, inside)
        guard let neutral, let safe else { return nil }
        return (lowest, neutral, highest, safe)
    }
}
