/// Turns what was measured of an actuator into the tables of a calibration: the same inputs make the same true angles
/// that the uncalibrated table meant.
public enum CalibrationPlan {
    /// An entry and how good it is.
    public struct Result: Sendable, Equatable {
        public var entry: Calibration.Entry
        /// The largest difference of the true angle (as measured) from the meant one, over the table's inputs that can
        /// be reached, rad.
        public var worstError: Double
        /// Whether some angles that were meant cannot be reached.
        public var isCut: Bool
    }

    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The meant angles lie outside of what was reached.
        case unreachable
        /// After rounding and cutting the table would not go one way any more.
        case collapsed

        public var description: String {
            switch self {
            case .unreachable: "cannot reach the angles of its table; is its horn mounted at another tooth?"
            case .collapsed: "can reach so little of its table that nothing is left of it"
            }
        }
    }

    /// The calibrated entry of an actuator.
    ///
    /// - Parameters:
    ///   - nominal: the entry that says which angle each input means, by the servo's nominal scale.
    ///   - finding: what the sweep found.
    public static func calibrated(
        _ nominal: Calibration.Entry, of actuator: Actuator, finding: ActuatorSweep.Finding
    ) throws(Failure) -> Result {
        let bounds = actuator.rawRange
        guard let raw = raw(for: actuator.scale.radians(ofRaw: nominal.neutralRaw), finding, bounds) else {
            throw .unreachable
        }
        var entry = nominal
        entry.neutralRaw = raw
        entry.backlash = finding.backlash
        guard let table = nominal.table else {
            return Result(entry: entry, worstError: finding.worstError, isCut: false)
        }
        var inputs: [Double] = []
        var outputs: [Double] = []
        var isCut = false
        for input in dense(table) {
            guard let raw = self.raw(for: actuator.scale.radians(ofRaw: table(input)), finding, bounds) else {
                isCut = true
                continue
            }
            inputs.append(input)
            outputs.append(raw)
        }
        guard inputs.count >= 4 * Calibration.fewestPoints else { throw .unreachable }
        let fit: MonotoneFit
        do {
            fit = try MonotoneFit(
                samples: zip(inputs, outputs).map { ($0, $1) },
                points: max(Calibration.fewestPoints, table.inputs.count))
        } catch { throw .collapsed }
        guard let made = rounded(fit.table, bounds) else { throw .collapsed }
        entry.table = made
        let worst = inputs.reduce(0.0) { worst, input in
            let meant = actuator.scale.radians(ofRaw: table(input))
            return max(worst, abs(finding.curve(made(input)) - meant))
        }
        return Result(entry: entry, worstError: worst + finding.worstError, isCut: isCut)
    }

    /// Inputs over a table's whole range, its points among them.
    private static func dense(_ table: MonotoneCubic) -> [Double] {
        let (first, last) = (table.inputs[0], table.inputs[table.inputs.count - 1])
        return (table.inputs + (0...60).map { first + (last - first) * Double($0) / 60 }).sorted()
    }

    /// The raw value at which the curve has an angle, by halving; nil where it never has.
    private static func raw(
        for angle: Double, _ finding: ActuatorSweep.Finding, _ bounds: ClosedRange<Double>
    ) -> Double? {
        let inputs = finding.curve.inputs
        var (low, high) = (max(inputs[0], bounds.lowerBound), min(inputs[inputs.count - 1], bounds.upperBound))
        let sign = finding.rises ? 1.0 : -1.0
        guard sign * (finding.curve(low) - angle) <= 1e-9, sign * (finding.curve(high) - angle) >= -1e-9 else {
            return nil
        }
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if sign * (finding.curve(middle) - angle) < 0 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// The same curve with its outputs to a tenth and inside the bounds; nil if that leaves two alike.
    static func rounded(_ table: MonotoneCubic, _ bounds: ClosedRange<Double>) -> MonotoneCubic? {
        let outputs = table.outputs.map { output in
            min(max((output * 10).rounded() / 10, bounds.lowerBound), bounds.upperBound)
        }
        let rises = (outputs.last ?? 0) > (outputs.first ?? 0)
        guard zip(outputs, outputs.dropFirst()).allSatisfy({ rises ? $0 < $1 : $0 > $1 }) else { return nil }
        let inputs = table.inputs.map { ($0 * 10_000).rounded() / 10_000 }
        return MonotoneCubic(inputs: inputs, outputs: outputs)
    }
}
