import Actuation
import FaceKit
import Hardware

extension CalibrationRun {
    /// How far one actuator stood from where a calibration meant it to stand.
    public struct Deviation: Sendable, Equatable {
        /// Measured less meant angles, rad, one a place.
        public var errors: [Double]
        /// The share of the nominal table's inputs that the calibration does not reach.
        public var cut: Double

        /// The largest, rad.
        public var worst: Double { errors.reduce(0) { max($0, abs($1)) } }
        public var rootMeanSquare: Double {
            errors.isEmpty ? 0 : (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
        }
    }

    /// Drives one actuator through its inputs by a calibration, up, down and to and fro, and measures where it stands.
    ///
    /// What is meant is the angle that the nominal table means, by the servo's nominal scale. Play is taken up as in a
    /// run. The actuator is left at its neutral.
    ///
    /// - Parameter unit: the unit's own calibration, whose inputs are used and whose ends are kept, whatever drives.
    public mutating func deviation(
        of index: Int, by calibration: Calibration, unit: Calibration, meter: inout any AngleMeter,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Deviation? {
        let actuator = robot.actuators[index]
        guard let table = calibration.entries[index].table, let known = unit.entries[index].table,
            let meaning = nominal.entries[index].table,
            let first = known.inputs.first, let last = known.inputs.last, let lowest = meaning.inputs.first,
            let highest = meaning.inputs.last
        else { return nil }
        enabled[index] = true
        defer { enabled[index] = false }
        pace(max(care.speed, care.travel))
        defer { pace(care.speed) }
        let reach = unit.entries[index].reach ?? actuator.rawRange
        func clamped(_ raw: Double) -> Double { min(max(raw, reach.lowerBound), reach.upperBound) }
        let random = CounterRandom(seed: 1, system: .behaviour, stream: 0x6368_6563)
        let rising = (0..<care.points).map { Double($0) / Double(care.points - 1) }
        let drawn = (0..<care.points).map { Double(random.uniform(frame: UInt32(index), draw: UInt32($0))) }
        let places = rising + rising.reversed() + drawn
        var compensator = BacklashCompensator(robot: robot.narrowed(by: unit), calibration: calibration)
        var errors: [Double] = []
        for (number, share) in places.enumerated() {
            let input = first + share * (last - first)
            var targets = positions
            targets[index] = actuator.scale.radians(ofRaw: clamped(table(input)))
            var span = targets.mutableSpan
            compensator.lead(&span)
            let raw = clamped(actuator.scale.raw(ofRadians: targets[index]))
            targets[index] = actuator.radians(
                ofSteps: actuator.steps(ofRadians: actuator.scale.radians(ofRaw: raw)))
            move(to: targets) { _ in }
            rest(care.rest) { _ in }
            let meant = actuator.scale.radians(ofRaw: meaning(input))
            // Before the first turn nobody knows on which side the play lies.
            let angle = try holding { try meter.angle(of: index, name: actuator.name) }
            if number > 0 { errors.append(angle - meant) }
            progress(number + 1, places.count)
            if stop.isRequested { throw CancellationError() }
        }
        var targets = positions
        targets[index] = actuator.scale.radians(ofRaw: clamped(calibration.entries[index].neutralRaw))
        move(to: targets) { _ in }
        return Deviation(errors: errors, cut: max(0, 1 - (last - first) / (highest - lowest)))
    }
}
