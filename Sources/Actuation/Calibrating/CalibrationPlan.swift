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

    /// What somebody found out beside the sweep.
    public struct Guidance: Sendable, Equatable {
        /// The raw values between which the mechanism moves freely.
        public var reach: ClosedRange<Double>
        /// The raw value of the relaxed face.
        public var neutralRaw: Double
        /// Whether somebody chose that, so that the meant angles count from it, and not from the nominal neutral.
        public var isChosen: Bool
        /// Whether the face moves the other way than the inputs say.
        public var isReversed: Bool

        public init(reach: ClosedRange<Double>, neutralRaw: Double, isChosen: Bool, isReversed: Bool) {
            self.reach = reach
            self.neutralRaw = neutralRaw
            self.isChosen = isChosen
            self.isReversed = isReversed
        }
    }

    /// The raw value at which a swept actuator has its nominal neutral angle; nil where it never has.
    public static func neutralRaw(
        _ nominal: Calibration.Entry, of actuator: Actuator, finding: ActuatorSweep.Finding,
        within bounds: ClosedRange<Double>
    ) -> Double? {
        raw(for: actuator.scale.radians(ofRaw: nominal.neutralRaw), finding, bounds)
    }

    /// The calibrated entry of an actuator.
    ///
    /// - Parameters:
    ///   - nominal: the entry that says which angle each input means, by the servo's nominal scale.
    ///   - finding: what the sweep found.
    ///   - guidance: what the guide found.
    public static func calibrated(
        _ nominal: Calibration.Entry, of actuator: Actuator, finding: ActuatorSweep.Finding,
        guidance: Guidance? = nil
    ) throws(Failure) -> Result {
        let bounds = guidance?.reach ?? actuator.rawRange
        let neutral = actuator.scale.radians(ofRaw: nominal.neutralRaw)
        guard
            let raw = guidance?.neutralRaw
                ?? neutralRaw(nominal, of: actuator, finding: finding, within: bounds), bounds.contains(raw)
        else { throw .unreachable }
        let origin = guidance?.isChosen ?? false ? finding.curve(raw) : neutral
        func meant(_ raw: Double) -> Double {
            let way = actuator.scale.radians(ofRaw: raw) - neutral
            return origin + (guidance?.isReversed ?? false ? -way : way)
        }
        var entry = nominal
        entry.reach = guidance?.reach ?? nominal.reach
        entry.neutralRaw = (raw * 10).rounded() / 10
        entry.backlash = finding.backlash
        entry.worstError = finding.worstError
        guard let table = nominal.table else {
            return Result(entry: entry, worstError: finding.worstError, isCut: false)
        }
        func reached(_ input: Double) -> Double? { self.raw(for: meant(table(input)), finding, bounds) }
        let asked = dense(table)
        let isCut = asked.contains { reached($0) == nil }
        // Where the way ends between two inputs, the end itself is a point of the table.
        let edges = zip(asked, asked.dropFirst()).compactMap { one, other -> Double? in
            guard (reached(one) == nil) != (reached(other) == nil) else { return nil }
            var (inside, outside) = reached(one) == nil ? (other, one) : (one, other)
            for _ in 0..<30 {
                let middle = (inside + outside) / 2
                if reached(middle) == nil { outside = middle } else { inside = middle }
            }
            return inside
        }
        let inputs = (asked + edges).sorted().filter { reached($0) != nil }
        let outputs = inputs.compactMap(reached)
        guard inputs.count >= 4 * Calibration.fewestPoints else { throw .unreachable }
        let fit: MonotoneFit
        do {
            fit = try MonotoneFit(
                samples: zip(inputs, outputs).map { ($0, $1) },
                points: max(Calibration.fewestPoints, table.inputs.count))
        } catch { throw .collapsed }
        guard let made = rounded(fit.table, bounds) else { throw .collapsed }
        entry.table = made
        let worst = inputs.reduce(0.0) { max($0, abs(finding.curve(made($1)) - meant(table($1)))) }
        entry.worstError = worst + finding.worstError
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
