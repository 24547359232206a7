import FaceKit
import Inference

/// Finds the inputs of actuators that show the nearest face the robot can show, without allocating.
///
/// The face that inputs x show is the face at rest + Σ Uᵢ·max(xᵢ, 0) + Lᵢ·min(xᵢ, 0), with the two columns of `FaceEffects` of each actuator;
/// what is sought is the least distance (`FaceMetric`) to a wanted face with each xᵢ between its bounds. Sweeps of
/// coordinate descent on a convex relaxation choose the side of 0 that each actuator is on, and the four that are most
/// torn are tried on both; on these sides the problem is one of bounded least squares and is solved exactly. Each solve starts from the last, so that a face that moves a little moves the inputs a
/// little. A small ridge keeps actuators at rest that the face does not ask for.
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
    /// The inputs that the last solve found.
    public var solution: [Double] { solver.solution }

    private static var sweeps: Int { 5 }
    /// How many actuators are tried on their other side.
    private static var mostTurns: Int { 4 }
    /// Distance that both sides must show for an actuator to be tried on both.
    private static var leastTorn: Double { 0.03 }
    /// The ridge, as a share of the mean curvature.
    private static var ridge: Double { 1e-3 }

    private let lower, upper: [Double]
    /// WE, one row a channel that matters; above and below of each actuator in turn.
    private let pull: [Double]
    /// EᵀW of the face at rest.
    private let restPull: [Double]
    /// EᵀWE with the ridge on its diagonal, of all halves.
    private let gram: [Double]
    /// Which channels matter to any row of `pull`.
    private let channels: [Int]
    private var products: [Double]
    private var slope: [Double]
    private var sideSlope: [Double]
    private var inputs: [Double]
    private var best: [Double]
    private var isBelow: [Bool]
    /// What each half does while both sides may be used, and between which bounds.
    private var relaxed: [Double]
    private let halfLower, halfUpper: [Double]
    /// How strongly each half shows: the root of its curvature.
    private let sizes: [Double]
    private var wasTried: [Bool]
    private var normal: [Double]
    private var chosen: [Double]
    private var sideLower, sideUpper: [Double]
    private let noRidge: [Double]
    private var solver: BoundedLeastSquares

    public init(_ actuators: [Actuator], rest: [FaceEffects.Effect] = [], metric: FaceMetric = .coefficients) {
        let (n, size) = (actuators.count, FaceEffects.channelCount)
        precondition(n > 0)
        count = n
        lower = actuators.map(\.inputs.lowerBound)
        upper = actuators.map(\.inputs.upperBound)
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
        restPull = weighted.map { row in zip(row, resting).reduce(0.0) { $0 + $1.0 * $1.1 } }
        var gram = weighted.flatMap { row in
            columns.map { column in zip(row, column).reduce(0.0) { $0 + $1.0 * $1.1 } }
        }
        let halves = 2 * n
        let curvatures = (0..<halves).map { gram[$0 * halves + $0] }.filter { $0 > 0 }
        let ridge = curvatures.isEmpty ? 1 : Self.ridge * curvatures.reduce(0, +) / Double(curvatures.count)
        for half in 0..<halves { gram[half * halves + half] += ridge }
        self.gram = gram
        products = Array(repeating: 0, count: halves)
        slope = products
        inputs = Array(repeating: 0, count: n)
        best = inputs
        sideSlope = inputs
        isBelow = Array(repeating: false, count: n)
        relaxed = products
        sizes = (0..<halves).map { gram[$0 * (halves + 1)].squareRoot() }
        wasTried = isBelow
        halfLower = actuators.flatMap { [max(0, $0.inputs.lowerBound), $0.inputs.lowerBound] }
        halfUpper = actuators.flatMap { [$0.inputs.upperBound, min(0, $0.inputs.upperBound)] }
        normal = Array(repeating: 0, count: n * n)
        chosen = inputs
        sideLower = inputs
        sideUpper = inputs
        noRidge = inputs
        solver = BoundedLeastSquares(rowCapacity: 1, columns: n)
    }

    /// Solves for a face.
    /// - Returns: false when a channel that matters is not finite; the solution is the last one then.
    public mutating func solve(_ face: borrowing FaceChannels) -> Bool {
        guard project(face) else { return false }
        chooseSides()
        gather()
        var least = descend()
        for index in 0..<count { best[index] = inputs[index] }
        for _ in 0..<Self.mostTurns {
            guard let torn = mostTorn() else { break }
            isBelow[torn].toggle()
            gather()
            let distance = descend()
            if distance < least {
                least = distance
                for index in 0..<count { best[index] = inputs[index] }
            } else {
                isBelow[torn].toggle()
                gather()
                for index in 0..<count { inputs[index] = best[index] }
            }
        }
        solver.setNormalMatrix(normal, ridge: noRidge)
        solver.setBounds(lower: sideLower, upper: sideUpper)
        solver.start(from: best)
        solver.solve(products: chosen, sweeps: 1)
        for index in 0..<count { inputs[index] = solver.solution[index] }
        return true
    }

    /// The problem with each actuator on its side.
    private mutating func gather() {
        let halves = 2 * count
        for row in 0..<count {
            let half = 2 * row + (isBelow[row] ? 1 : 0)
            let base = half * halves
            for column in 0..<count {
                normal[row &* count &+ column] = gram[base &+ 2 &* column &+ (isBelow[column] ? 1 : 0)]
            }
            chosen[row] = products[half]
            sideLower[row] = isBelow[row] ? lower[row] : max(0, lower[row])
            sideUpper[row] = isBelow[row] ? min(0, upper[row]) : upper[row]
        }
    }

    /// Some sweeps of coordinate descent on the sides, from `inputs`; gives the squared distance but for a constant.
    private mutating func descend() -> Double {
        for row in 0..<count { sideSlope[row] = -chosen[row] }
        for row in 0..<count {
            inputs[row] = min(max(inputs[row], sideLower[row]), sideUpper[row])
            if inputs[row] != 0 { Self.add(inputs[row], normal, from: row * count, to: &sideSlope) }
        }
        for _ in 0..<Self.sweeps {
            for row in 0..<count {
                let new = min(
                    max(inputs[row] - sideSlope[row] / normal[row * count + row], sideLower[row]), sideUpper[row])
                guard new != inputs[row] else { continue }
                Self.add(new - inputs[row], normal, from: row * count, to: &sideSlope)
                inputs[row] = new
            }
        }
        // With the gradient g = Nx − p, xᵀNx − 2xᵀp is xᵀ(g − p).
        var distance = 0.0
        for row in 0..<count { distance += inputs[row] * (sideSlope[row] - chosen[row]) }
        return distance
    }

    /// products = EᵀW(face − rest); false where it is not finite.
    private mutating func project(_ face: borrowing FaceChannels) -> Bool {
        let halves = 2 * count
        for half in 0..<halves { products[half] = -restPull[half] }
        for place in channels.indices {
            let value = Double(face.values[channels[place]])
            guard value.isFinite else { return false }
            if value != 0 { Self.add(value, pull, from: place * halves, to: &products) }
        }
        return true
    }

    /// target += factor · source[place…].
    @inline(__always)
    private static func add(
        _ factor: Double, _ source: [Double], from place: Int, to values: inout [Double]
    ) {
        let source = source.span
        var target = values.mutableSpan
        let count = target.count
        precondition(place >= 0 && place + count <= source.count)
        for index in 0..<count { target[unchecked: index] += factor * source[unchecked: place &+ index] }
    }

    /// The actuator that the relaxation wanted on both sides the most, and that was not tried on its other side; nil when
    /// none is torn.
    private mutating func mostTorn() -> Int? {
        var worst: Int?
        var size = Self.leastTorn
        for index in 0..<count {
            let above = abs(relaxed[2 * index]) * sizes[2 * index]
            let below = abs(relaxed[2 * index + 1]) * sizes[2 * index + 1]
            guard min(above, below) > size, !wasTried[index] else { continue }
            (size, worst) = (min(above, below), index)
        }
        if let worst { wasTried[worst] = true }
        return worst
    }

    /// The input of one actuator that the last solve found.
    public func input(_ index: Int) -> Double { inputs[index] }

    /// Coordinate descent from the last time on the problem in which an actuator may be on both sides at once, which is
    /// convex; the side that shows more is the one that it is on.
    private mutating func chooseSides() {
        let halves = 2 * count
        for half in 0..<halves { slope[half] = -products[half] }
        for half in 0..<halves where relaxed[half] != 0 {
            Self.add(relaxed[half], gram, from: half * halves, to: &slope)
        }
        for _ in 0..<Self.sweeps {
            var moved = false
            for half in 0..<halves {
                let curvature = gram[half * halves + half]
                let new = min(max(relaxed[half] - slope[half] / curvature, halfLower[half]), halfUpper[half])
                let change = new - relaxed[half]
                guard change != 0 else { continue }
                if abs(change) > 1e-5 { moved = true }
                relaxed[half] = new
                Self.add(change, gram, from: half * halves, to: &slope)
            }
            if !moved { break }
        }
        for index in 0..<count {
            let (above, below) = (relaxed[2 * index], relaxed[2 * index + 1])
            isBelow[index] = upper[index] <= 0 || -below * sizes[2 * index + 1] > above * sizes[2 * index]
            wasTried[index] = false
            inputs[index] = isBelow[index] ? below : above
        }
    }
}
