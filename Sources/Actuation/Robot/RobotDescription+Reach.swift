extension RobotDescription {
    /// The robot with each actuator's limits narrowed to what its unit's mechanism allows.
    public func narrowed(by calibration: Calibration) -> RobotDescription {
        guard calibration.entries.contains(where: { $0.reach != nil }) else { return self }
        var narrow = actuators
        for entry in calibration.entries {
            guard let reach = entry.reach else { continue }
            narrow[entry.actuator] = narrow[entry.actuator].narrowed(to: reach)
        }
        return RobotDescription(
            name: name, controlRate: controlRate, buses: buses, actuators: narrow, head: head, protection: protection)
    }
}

extension Actuator {
    /// The actuator with limits inside of a raw range; neutral and safe place are moved to its nearest end.
    public func narrowed(to reach: ClosedRange<Double>) -> Actuator {
        let (low, high) = (max(lowestRaw, reach.lowerBound), min(highestRaw, reach.upperBound))
        guard low < high,
            let limits = MotionLimits(
                lower: scale.radians(ofRaw: low), upper: scale.radians(ofRaw: high), velocity: limits.velocity,
                acceleration: limits.acceleration, jerk: limits.jerk)
        else { return self }
        return Actuator(
            name: name, bus: bus, channel: channel, model: model, scale: scale, lowestRaw: low,
            neutralRaw: min(max(neutralRaw, low), high), highestRaw: high, safeRaw: min(max(safeRaw, low), high),
            limits: limits)
    }
}
