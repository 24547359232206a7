import Actuation
import FaceKit
import Telemetry

extension ConsoleFeed {
    private var time: Payload { .number(run.seconds, decimals: 3) }

    var info: Payload {
        .object(
            [
                .init("robot", .text(identity.name)), .init("type", .text(identity.type)),
                .init("version", .text(identity.version)),
                .init("control_rate_hz", .number(robot.controlRate, decimals: 1)),
                .init("motion_rate_hz", .number(Generators.frameRate, decimals: 1)),
                .init("gestures", .list(identity.gestures.map { .text($0) })),
            ] + abilities + [.init("commands", .list(identity.verbs.sorted().map { .text($0) }))])
    }

    var state: Payload {
        let smile = motion.map { view in
            (view.channels.values[Blendshape.mouthSmileLeft.rawValue]
                + view.channels.values[Blendshape.mouthSmileRight.rawValue]) / 2
        }
        return [
            "t_s": time,
            "driver": status.control.driver.isEmpty ? .null : .text(status.control.driver),
            "mode": answered?.mode.map { .text($0) } ?? .null,
            "emergency_stop": .boolean(status.emergencyStop != nil),
            "emergency_stop_cause": status.emergencyStop.map { .text($0) } ?? .null,
            "person_present": .boolean(motion?.portrait.personIsPresent ?? false),
            "attention": .single(motion?.portrait.listening ?? 0, decimals: 2),
            "smile": smile.map { .single($0, decimals: 2) } ?? .null,
            "intensity": answered.map { .number($0.intensity) } ?? .null,
            "line_lost": .boolean(run.isLineLost),
            "recording": recording,
            "temperature_max_c": reports.compactMap { $0?.telemetry?.temperature }.max().map {
                .number($0, decimals: 1)
            }
                ?? .null,
            "late_ticks": .integer(run.lateTicks),
            "violations": .integer(run.violations),
        ]
    }

    var facePayload: Payload? {
        guard let motion else { return nil }
        let values = motion.channels.values
        let coefficients = (0..<Blendshape.count).map { Payload.Member(Blendshape.names[$0], .single(values[$0])) }
        let head = FaceChannel.headNames.enumerated().map { index, name in
            Payload.Member(name, .single(values[FaceChannels.firstHead + index]))
        }
        return .object(
            [.init("t_s", time), .init("coefficients", .object(coefficients))] + head
                + [.init("landmarks", Self.image(of: motion.portrait.landmarks))])
    }

    var personPayload: Payload? {
        guard let motion else { return nil }
        let person = motion.person ?? PersonFrame()
        func sensed(_ channel: SensedChannels, _ value: Float) -> Payload {
            person.sensed.contains(channel) ? .single(value) : .null
        }
        let coefficients = Blendshape.allCases.filter { person.sensed.contains(SensedChannels($0)) }.map {
            Payload.Member($0.name, .single(person.face[$0]))
        }
        let head = person.face.head
        return [
            "t_s": time,
            "present": .boolean(person.isPresent),
            "coefficients": .object(coefficients),
            "head_yaw_rad": sensed(.headYaw, head.yaw),
            "head_pitch_rad": sensed(.headPitch, head.pitch),
            "head_roll_rad": sensed(.headRoll, head.roll),
            "head_x_m": sensed(.headX, head.x),
            "head_y_m": sensed(.headY, head.y),
            "head_z_m": sensed(.headZ, head.z),
            "voice": sensed(.voice, person.voice),
            "gaze_region": sensed(.gazeRegion, person.gazeRegion),
            "motion_energy": sensed(.motionEnergy, person.motionEnergy),
            "landmarks": person.isPresent ? Self.image(of: landmarks(person.face)) : .list([]),
        ]
    }

    /// Landmarks on the image, first all x, then all y: the weak perspective of 2.5 sides a metre.
    private static func image(of landmarks: LandmarkFrame) -> Payload {
        let points = 0..<LandmarkFrame.count
        return .list(
            points.map { .single(0.5 + 2.5 * landmarks[$0].x) } + points.map { .single(0.5 - 2.5 * landmarks[$0].y) })
    }

    var actuators: Payload? {
        guard run.actuatorCount > 0 else { return nil }
        let list = (0..<run.actuatorCount).map { index -> Payload in
            let telemetry = index < reports.count ? reports[index]?.telemetry : nil
            return [
                "name": .text(robot.actuators[index].name),
                "target": .single(run.positions[index]),
                "present": telemetry.map { .number($0.position) } ?? .null,
                "load": telemetry?.load.map { .number($0, decimals: 3) } ?? .null,
                "temperature_c": telemetry.map { .number($0.temperature, decimals: 1) } ?? .null,
            ]
        }
        return ["t_s": time, "actuators": .list(list)]
    }

    var actuatorsInfo: Payload {
        let list = robot.actuators.map { actuator -> Payload in
            [
                "name": .text(actuator.name),
                "bus": .text(robot.buses[actuator.bus].name),
                "lower": .number(actuator.limits.lower),
                "upper": .number(actuator.limits.upper),
                "neutral": .number(actuator.neutral),
                "velocity_rad_s": .number(actuator.limits.velocity),
                "acceleration_rad_s2": .number(actuator.limits.acceleration),
                "jerk_rad_s3": .number(actuator.limits.jerk),
            ]
        }
        return ["unit": "rad", "actuators": .list(list)]
    }

    /// Nil where no servo can say how warm it is.
    var temperatures: Payload? {
        let warm = zip(robot.actuators, reports).compactMap { actuator, report in
            report?.telemetry.map { Payload.Member(actuator.name, .number($0.temperature, decimals: 1)) }
        }
        return warm.isEmpty ? nil : .object([.init("t_s", time)] + warm)
    }

    func scheduler(since earlier: RunStatus, worstLateness: Int64) -> Payload {
        let lateness = run.latenessTimes.since(earlier.latenessTimes)
        let tick = run.tickTimes.since(earlier.tickTimes)
        func microseconds(_ histogram: TickHistogram, _ share: Double) -> Payload {
            histogram.percentile(share).map { .number($0 / 1000, decimals: 1) } ?? .null
        }
        return [
            "t_s": time,
            "ticks": .integer(run.controlTicks),
            "late": .integer(run.lateTicks),
            "skipped": .integer(run.skippedPeriods),
            "lateness_p50_us": microseconds(lateness, 0.5),
            "lateness_p99_us": microseconds(lateness, 0.99),
            "lateness_max_us": .number(Double(worstLateness) / 1000, decimals: 1),
            "tick_p50_us": microseconds(tick, 0.5),
            "tick_p99_us": microseconds(tick, 0.99),
            "latency_ms": .number(Double(run.latency) / 1e6, decimals: 3),
            "frames_played": .integer(run.motionFrames),
            "frames_missed": .integer(run.missedFrames),
            "fallbacks": .integer(run.fallbacks),
            "interventions": .integer(run.interventions),
            "violations": .integer(run.violations),
        ]
    }

    var scripts: Payload? {
        guard let answered else { return nil }
        let list = answered.scripts.map { script -> Payload in
            [
                "name": .text(script.name), "file": .text(script.file), "state": .text(script.state),
                "running": .boolean(script.state == "running"), "error": script.error.map { .text($0) } ?? .null,
                "traceback": script.traceback.map { .text($0) } ?? .null,
            ]
        }
        return ["t_s": time, "scripts": .list(list)]
    }

    var layers: Payload? {
        guard let answered else { return nil }
        let list = answered.layers.map { layer -> Payload in
            [
                "name": .text(layer.name), "priority": .integer(layer.priority),
                "weight": .number(layer.weight, decimals: 3),
            ]
        }
        let drivers = answered.drivers.sorted { $0.key < $1.key }.map { Payload.Member($0.key, .text($0.value)) }
        return ["t_s": time, "layers": .list(list), "drivers": .object(drivers)]
    }
}
