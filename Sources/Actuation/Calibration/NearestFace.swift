import FaceKit
import Inference

/// Finds the inputs of actuators that show the nearest face the robot can show, without allocating.
///
/// The face that inputs x show is the face at rest + Σ Uᵢ·max(xᵢ, 0) + Lᵢ·min(xᵢ, 0), with the two columns of
/// `FaceEffects` of each actuator; what is sought is the least distance (`FaceMetric`) to a wanted face with each xᵢ
/// between its bounds. Each actuator is two unknowns, its halves above and below 0, of one bounded least-squares problem
/// whose matrix never changes. With both halves open at once the problem is convex: sweeps of coordinate descent from the
/// last solution come near its optimum. From there, sweeps that take the better half of each actuator choose the halves;
/// with the others closed at 0, what is left is solved exactly. Then the halves that were hardest to choose are exchanged,
/// one at a time and as many as the time allows, and what shows the face better stays. A small ridge keeps actuators at rest
/// that the face does not ask for.
public struct NearestFace: Sendable {
    /// One actuator: its effects and the bounds of its input.
    public struct Actuator: Sendable {
        public var effects: FaceEffects
        public var inputs: ClosedRange<Double>

        public init(effects: FaceEffects, inputs: ClosedRange<Double>) {
            self.effects = effects
            self.inputs = inputs
        }
    }

    /// How many actuators there are.
    public let count: Int

    private static var sweeps: Int { 4 }
    /// Unknowns that all exchanges of a solve may take up together: robots with few actuators try more of them.
    private static var exchanges: Int { 30 }
    /// Moves of an input that sweeps leave to the exact solution.
    private static var leastMove: Double { 1e-4 }
    /// The ridge, as a share of the mean curvature.
    private static var ridge: Double { 1e-3 }

    /// Which channels matter to any actuator.
    private let channels: [Int]
    /// The rows of WE of these channels; above and below of each actuator in turn.
    private let pull: [Double]
    /// −EᵀW of the face at rest.
    private let restPull: [Double]
    /// Between which bounds each half may be used: [above, below] of each actuator in turn.
    private let lower, upper: [Double]
    private var wanted: [Double]
    /// What each half did while both were open, from which the next solve starts.
    private var relaxed: [Double]
    private var inputs: [Double]
    private var isBelow, isTried: [Bool]
    private var best: [Double]
    private var solver: BoundedLeastSquares

    public init(_ actuators: [Actuator], rest: [FaceEffects.Effect] = [], metric: FaceMetric = .coefficients) {
        let size = FaceEffects.channelCount
        precondition(!actuators.isEmpty)
        count = actuators.count
        let columns = actuators.flatMap { actuator in
            [
                FaceEffects.column(actuator.effects.above),
                FaceEffects.column(actuator.effects.below).map { -$0 },
            ]
        }
        let weighted = columns.map { column in
            (0..<size).map { row in
                (0..<size).reduce(0.0) { $0 + metric.weights[row * size + $1] * column[$1] }
            }
        }
        let used = (0..<size).filter { channel in weighted.contains { $0[channel] != 0 } }
        channels = used
        pull = used.flatMap { channel in weighted.map { $0[channel] } }
        let resting = FaceEffects.column(rest)
        restPull = weighted.map { row in zip(row, resting).reduce(0.0) { $0 - $1.0 * $1.1 } }
        let gram = weighted.flatMap { row in
            columns.map { column in zip(row, column).reduce(0.0) { $0 + $1.0 * $1.1 } }
        }
        let halves = 2 * count
        let curvatures = (0..<halves).map { gram[$0 * (halves + 1)] }.filter { $0 > 0 }
        let ridge = curvatures.isEmpty ? 1 : Self.ridge * curvatures.reduce(0, +) / Double(curvatures.count)
        lower = actuators.flatMap { [max(0, $0.inputs.lowerBound), min(0, $0.inputs.lowerBound)] }
        upper = actuators.flatMap { [max(0, $0.inputs.upperBound), min(0, $0.inputs.upperBound)] }
        wanted = Array(repeating: 0, count: used.count)
        relaxed = Array(repeating: 0, count: halves)
        inputs = Array(repeating: 0, count: count)
        isBelow = Array(repeating: false, count: count)
        isTried = isBelow
        best = relaxed
        solver = BoundedLeastSquares(rowCapacity: 1, columns: halves)
        solver.setNormalMatrix(gram, ridge: Array(repeating: ridge, count: halves))
    }

    /// The input of one actuator that the last solve found.
    public func input(_ index: Int) -> Double { inputs[index] }

    /// Solves for a face.
    /// - Returns: false when a channel that matters is not finite; the solution is the last one then.
    public mutating func solve(_ face: borrowing FaceChannels) -> Bool {
        guard project(face) else { return false }
        solver.setBounds(lower: lower, upper: upper)
        solver.start(from: relaxed)
        solver.begin()
        solver.descend(sweeps: Self.sweeps, least: Self.leastMove)
        for half in 0..<2 * count { relaxed[half] = solver.solution[half] }
        solver.descendPairs(sweeps: Self.sweeps, least: Self.leastMove)
        for index in 0..<count { close(index) }
        solver.finish()
        exchangeHalves()
        for index in 0..<count { inputs[index] = solver.solution[2 * index] + solver.solution[2 * index + 1] }
        return true
    }

    /// Sets the products EᵀW(face − rest); false where the face is not finite.
    private mutating func project(_ face: borrowing FaceChannels) -> Bool {
        for place in channels.indices {
            let value = Double(face.values[channels[place]])
            guard value.isFinite else { return false }
            wanted[place] = value
        }
        solver.setProducts(restPull, adding: wanted, of: pull)
        return true
    }

    /// Closes the half that an actuator does not stand on.
    private mutating func close(_ index: Int) {
        let (above, below) = (2 * index, 2 * index + 1)
        isBelow[index] = upper[above] <= 0 || -solver.solution[below] > solver.solution[above]
        solver.setBounds(of: isBelow[index] ? above : below, lower: 0, upper: 0)
    }

    /// Puts actuators on their other halves, the least costly first, and leaves them there if the face comes nearer.
    private mutating func exchangeHalves() {
        for index in 0..<count { isTried[index] = lower[2 * index + 1] == 0 || upper[2 * index] == 0 }
        for _ in 0..<Self.exchanges / count {
            var cheapest: Int?
            var least = Double.infinity
            for index in 0..<count where !isTried[index] {
                let (half, other) = halves(index)
                let loss = solver.lossOfExchange(half, for: other, lower: lower[other], upper: upper[other])
                if loss < least { (least, cheapest) = (loss, index) }
            }
            guard let index = cheapest else { return }
            isTried[index] = true
            let value = solver.objective
            for half in 0..<2 * count { best[half] = solver.solution[half] }
            exchange(index)
            solver.descend(sweeps: Self.sweeps, least: Self.leastMove)
            guard solver.objective >= value else {
                solver.finish()
                continue
            }
            exchange(index)
            solver.start(from: best)
            solver.begin()
        }
    }

    private func halves(_ index: Int) -> (used: Int, other: Int) {
        isBelow[index] ? (2 * index + 1, 2 * index) : (2 * index, 2 * index + 1)
    }

    private mutating func exchange(_ index: Int) {
        let (half, other) = halves(index)
        solver.setBounds(of: half, lower: 0, upper: 0)
        solver.setBounds(of: other, lower: lower[other], upper: upper[other])
        isBelow[index].toggle()
    }
}
