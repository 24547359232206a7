import Inference

/// Fits a monotone table of few points to many measured ones so that the worst error is as small as it can be made.
///
/// First a straight-lined table by bounded least squares (the steps from point to point keep one direction), its weights
/// raised where the error is large until the errors even out (Lawson's method). Then the points are moved, one
/// coordinate at a time, against the worst error of the smooth curve itself, which is what the table is used with.
public struct MonotoneFit: Sendable, Equatable {
    public let table: MonotoneCubic
    /// The largest distance of a sample from the curve, in the output's unit.
    public let worstError: Double
    /// The root of the mean squared distance.
    public let rootMeanSquare: Double

    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case tooFewSamples(found: Int, needed: Int)
        case notFinite
        /// The outputs do not follow the inputs at all.
        case flat

        public var description: String {
            switch self {
            case .tooFewSamples(let found, let needed):
                "found \(found) different measured points, expected at least \(needed)"
            case .notFinite: "a measured value is not a finite number"
            case .flat: "what was measured does not change with what was commanded"
            }
        }
    }

    /// - Parameters:
    ///   - samples: inputs and outputs, in any order; several outputs of one input are all meant.
    ///   - points: points of the table, at least 3.
    public init(samples: [(input: Double, output: Double)], points: Int = 7) throws(Failure) {
        guard samples.allSatisfy({ $0.input.isFinite && $0.output.isFinite }) else { throw .notFinite }
        let sorted = samples.sorted { $0.input < $1.input }
        let distinct = Set(sorted.map(\.input)).count
        guard distinct >= points else { throw .tooFewSamples(found: distinct, needed: points) }
        let direction = Self.direction(sorted)
        guard direction != 0 else { throw .flat }
        let (low, high) = (sorted[0].input, sorted[sorted.count - 1].input)
        var inputs = (0..<points).map { low + (high - low) * Double($0) / Double(points - 1) }
        var outputs = Self.straight(sorted, inputs, direction)
        Self.polish(sorted, &inputs, &outputs, direction)
        guard let table = MonotoneCubic(inputs: inputs, outputs: outputs) else { throw .flat }
        self.table = table
        worstError = Self.worst(sorted, table)
        let squares = sorted.reduce(0) { sum, sample in
            let error = table(sample.input) - sample.output
            return sum + error * error
        }
        rootMeanSquare = (squares / Double(sorted.count)).squareRoot()
    }

    private typealias Samples = [(input: Double, output: Double)]

    /// 1 where outputs rise with inputs, −1 where they fall, 0 where neither.
    private static func direction(_ samples: Samples) -> Double {
        let count = Double(samples.count)
        let (x, y) = (samples.reduce(0) { $0 + $1.input } / count, samples.reduce(0) { $0 + $1.output } / count)
        let covariance = samples.reduce(0) { $0 + ($1.input - x) * ($1.output - y) }
        return covariance == 0 ? 0 : covariance > 0 ? 1 : -1
    }

    /// Outputs at the points of the straight-lined table.
    private static func straight(_ samples: Samples, _ inputs: [Double], _ direction: Double) -> [Double] {
        let columns = inputs.count
        let range = (samples.map(\.output).max() ?? 0) - (samples.map(\.output).min() ?? 0)
        // The first output, then the steps, which are no less than a thousandth of the range.
        let least = max(range, 1e-9) / 1000
        var solver = BoundedLeastSquares(rowCapacity: samples.count, columns: columns)
        solver.setBounds(
            lower: [-.infinity] + Array(repeating: least, count: columns - 1),
            upper: Array(repeating: .infinity, count: columns))
        let rows = samples.map { sample -> [Double] in
            let share = position(of: sample.input, in: inputs)
            return (0..<columns).map { $0 == 0 ? 1 : min(max(share - Double($0 - 1), 0), 1) }
        }
        var weights = [Double](repeating: 1, count: samples.count)
        var outputs: [Double] = []
        for _ in 0..<30 {
            var matrix: [Double] = []
            var targets: [Double] = []
            for (index, row) in rows.enumerated() {
                let scale = weights[index].squareRoot()
                matrix += row.map { $0 * scale }
                targets.append(direction * samples[index].output * scale)
            }
            solver.setMatrix(matrix, rows: rows.count, ridge: Array(repeating: 1e-9, count: columns))
            solver.solve(targets)
            var sum = 0.0
            outputs = solver.solution.map { step in
                sum += step
                return direction * sum
            }
            let errors = rows.indices.map { index in
                let made = zip(rows[index], solver.solution).reduce(0) { $0 + $1.0 * $1.1 }
                return abs(direction * made - samples[index].output)
            }
            guard let largest = errors.max(), largest > 0 else { break }
            for index in weights.indices { weights[index] *= 0.2 + errors[index] / largest }
            let total = weights.reduce(0, +)
            for index in weights.indices { weights[index] *= Double(weights.count) / total }
        }
        return outputs
    }

    /// How many points lie to the left of an input, with the share of the way to the next.
    private static func position(of input: Double, in inputs: [Double]) -> Double {
        var left = 0
        while left + 2 < inputs.count, inputs[left + 1] <= input { left += 1 }
        return Double(left) + (input - inputs[left]) / (inputs[left + 1] - inputs[left])
    }

    private static func worst(_ samples: Samples, _ table: MonotoneCubic) -> Double {
        samples.reduce(0) { max($0, abs(table($1.input) - $1.output)) }
    }

    /// Moves points while that makes the curve's worst error smaller.
    private static func polish(
        _ samples: Samples, _ inputs: inout [Double], _ outputs: inout [Double], _ direction: Double
    ) {
        func error(_ inputs: [Double], _ outputs: [Double]) -> Double {
            for index in 1..<inputs.count
            where inputs[index] <= inputs[index - 1] || direction * (outputs[index] - outputs[index - 1]) <= 0 {
                return .infinity
            }
            return MonotoneCubic(inputs: inputs, outputs: outputs).map { worst(samples, $0) } ?? .infinity
        }
        var best = error(inputs, outputs)
        var stepIn = (inputs[inputs.count - 1] - inputs[0]) / 20
        var stepOut = max(best, 1e-6)
        while stepOut > best / 500, stepOut > 1e-9 {
            var improved = false
            for index in inputs.indices {
                let isInner = index > 0 && index < inputs.count - 1
                for (dx, dy) in [(0.0, stepOut), (0, -stepOut), (stepIn, 0), (-stepIn, 0)] where dx == 0 || isInner {
                    let (oldIn, oldOut) = (inputs[index], outputs[index])
                    inputs[index] += dx
                    outputs[index] += dy
                    let made = error(inputs, outputs)
                    if made < best {
                        best = made
                        improved = true
                    } else {
                        (inputs[index], outputs[index]) = (oldIn, oldOut)
                    }
                }
            }
            if !improved {
                stepIn /= 2
                stepOut /= 2
            }
        }
    }
}
