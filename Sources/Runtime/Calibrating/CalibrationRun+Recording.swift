import Actuation
import FaceKit
import Hardware

extension CalibrationRun {
    /// Moves the face for a tracker to watch: each actuator alone through its levels up and down, then poses of all, still
    /// for a moment at each.
    ///
    /// - Parameters:
    ///   - levels: places on each actuator's way.
    ///   - poses: random poses of all actuators afterwards.
    ///   - watch: called some 25 times a second with the seconds since the start.
    /// - Returns: what was told, raw, as often.
    public mutating func perform(
        levels: Int, poses: Int, watch: (_ seconds: Double) throws -> Void,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> CommandLog {
        let neutral = nominal.entries.map { robot.actuators[$0.actuator].scale.radians(ofRaw: $0.neutralRaw) }
        let ranges = nominal.entries.map { entry -> ClosedRange<Double>? in
            guard let table = entry.table else { return nil }
            let ends = [table.outputs[0], table.outputs[table.outputs.count - 1]]
            return min(ends[0], ends[1])...max(ends[0], ends[1])
        }
        func position(_ index: Int, _ share: Double) -> Double {
            guard let range = ranges[index] else { return neutral[index] }
            let actuator = robot.actuators[index]
            let raw = range.lowerBound + share * (range.upperBound - range.lowerBound)
            return actuator.radians(ofSteps: actuator.steps(ofRadians: actuator.scale.radians(ofRaw: raw)))
        }
        var plan: [[Double]] = [neutral]
        for index in robot.actuators.indices where ranges[index] != nil {
            let shares = (0..<levels).map { Double($0) / Double(levels - 1) }
            for share in shares + shares.reversed() {
                var pose = neutral
                pose[index] = position(index, share)
                plan.append(pose)
            }
            plan.append(neutral)
        }
        let random = CounterRandom(seed: 1, system: .behaviour, stream: 0x6661_6365)
        for pose in 0..<poses {
            plan.append(
                robot.actuators.indices.map {
                    position($0, Double(random.uniform(frame: UInt32(pose), draw: UInt32($0))))
                })
        }
        plan.append(neutral)

        var log = CommandLog()
        let start = clock.now()
        let (scales, clock, stop, rest) = (robot.actuators, clock, stop, care.rest)
        func note(_ positions: [Double]) throws {
            if stop.isRequested { throw CancellationError() }
            let seconds = Double(clock.now() - start) / 1e9
            guard seconds >= (log.rows.last?.time ?? -1) + 0.04 else { return }
            log.rows.append(
                .init(time: seconds, raws: zip(scales, positions).map { $0.scale.raw(ofRadians: $1) }))
            try watch(seconds)
        }
        for index in enabled.indices { enabled[index] = true }
        defer { for index in enabled.indices { enabled[index] = false } }
        for (number, pose) in plan.enumerated() {
            try move(to: pose, eachStep: note)
            try self.rest(rest, eachStep: note)
            progress(number + 1, plan.count)
        }
        return log
    }
}
