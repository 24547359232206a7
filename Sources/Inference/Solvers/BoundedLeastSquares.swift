/// A least-squares problem whose unknowns have bounds: min ‖Ax − b‖² + Σ ridgeᵢ(xᵢ − priorᵢ)², lower ≤ x ≤ upper.
///
/// Few unknowns (tens), any number of rows. It works on the normal equations: sweeps of projected coordinate descent
/// guess which unknowns stand at a bound, then an active set method (Stark and Parker, "Bounded-variable least squares",
/// 1995) finds the exact optimum. It starts from the last solution, allocates nothing after `init`, and uses no BLAS.
public struct BoundedLeastSquares: Sendable {
    /// How a solve ended.
    public struct Outcome: Sendable, Equatable {
        /// Linear systems that were solved.
        public var iterations: Int
        /// The largest slope of the objective in a direction that is still open, relative to the problem's scale.
        public var optimality: Double
        /// Whether the optimality conditions hold to 1e-9. Where not, the solution is within the bounds all the same.
        public var isOptimal: Bool
    }

    public let columns: Int
    /// The most rows that fit.
    public let rowCapacity: Int
    /// The last solution, and the start of the next.
    public private(set) var solution: [Double]

    private var rows = 0
    private var matrix: [Double]
    private var ridge: [Double]
    private var prior: [Double]
    private var lower: [Double]
    private var upper: [Double]
    private var normal: [Double]  // AᵀA + diag(ridge), full
    private var projected: [Double]  // Aᵀb + ridge·prior
    private var gradient: [Double]  // normal·x − projected
    private var factor: [Double]
    private var step: [Double]
    private var open: [Int]
    private var isOpen: [Bool]

    /// A problem of zeros without bounds.
    public init(rowCapacity: Int, columns: Int) {
        precondition(rowCapacity > 0 && columns > 0)
        self.rowCapacity = rowCapacity
        self.columns = columns
        let zeros = [Double](repeating: 0, count: columns)
        let square = [Double](repeating: 0, count: columns * columns)
        solution = zeros
        matrix = [Double](repeating: 0, count: rowCapacity * columns)
        ridge = zeros
        prior = zeros
        lower = [Double](repeating: -.infinity, count: columns)
        upper = [Double](repeating: .infinity, count: columns)
        normal = square
        projected = zeros
        gradient = zeros
        factor = square
        step = zeros
        open = []
        open.reserveCapacity(columns)
        isOpen = [Bool](repeating: true, count: columns)
    }

    /// Sets A (row-major, `rows`·`columns` finite numbers) and the ridge of each unknown (≥ 0).
    public mutating func setMatrix(_ a: [Double], rows: Int, ridge: [Double]) {
        precondition(rows <= rowCapacity && a.count >= rows * columns && ridge.count == columns)
        self.rows = rows
        let n = columns
        for i in 0..<rows * n { matrix[i] = a[i] }
        for i in 0..<n { self.ridge[i] = ridge[i] }
        for i in 0..<n * n { normal[i] = 0 }
        for row in 0..<rows {
            let base = row * n
            for i in 0..<n {
                let value = a[base + i]
                if value == 0 { continue }
                for j in 0...i { normal[i * n + j] += value * a[base + j] }
            }
        }
        for i in 0..<n {
            normal[i * n + i] += ridge[i]
            for j in 0..<i { normal[j * n + i] = normal[i * n + j] }
        }
    }

    /// Sets AᵀA (symmetric, row-major, `columns`² finite numbers) and the ridge of each unknown, for a caller that has
    /// the products more cheaply than the rows. Goes with `solve(products:)`.
    public mutating func setNormalMatrix(_ products: [Double], ridge: [Double]) {
        precondition(products.count == columns * columns && ridge.count == columns)
        rows = 0
        for i in 0..<columns * columns { normal[i] = products[i] }
        for i in 0..<columns {
            self.ridge[i] = ridge[i]
            normal[i * columns + i] += ridge[i]
        }
    }

    /// Sets the bounds, lower ≤ upper; infinite ones are no bounds.
    public mutating func setBounds(lower: [Double], upper: [Double]) {
        precondition(lower.count == columns && upper.count == columns)
        for i in 0..<columns {
            precondition(lower[i] <= upper[i], "a lower bound lies above its upper one")
            self.lower[i] = lower[i]
            self.upper[i] = upper[i]
        }
    }

    /// Sets the point that the ridge pulls towards; zeros at first.
    public mutating func setPrior(_ prior: [Double]) {
        precondition(prior.count == columns)
        for i in 0..<columns { self.prior[i] = prior[i] }
    }

    /// Sets where the next solve starts.
    public mutating func start(from point: [Double]) {
        precondition(point.count == columns)
        for i in 0..<columns { solution[i] = point[i] }
    }

    /// Solves for the targets b, one finite number a row. The solution stands in `solution`.
    @discardableResult
    public mutating func solve(_ targets: [Double]) -> Outcome {
        precondition(targets.count >= rows)
        project(targets)
        return optimise()
    }

    /// Solves for the products Aᵀb, one finite number an unknown. The solution stands in `solution`. A start that is near
    /// the optimum needs fewer sweeps.
    @discardableResult
    public mutating func solve(products: [Double], sweeps: Int = 10) -> Outcome {
        precondition(products.count == columns)
        for i in 0..<columns { projected[i] = products[i] + ridge[i] * prior[i] }
        return optimise(sweeps: sweeps)
    }

    private mutating func optimise(sweeps: Int = 10) -> Outcome {
        for i in 0..<columns { solution[i] = min(max(solution[i], lower[i]), upper[i]) }
        updateGradient()
        sweep(sweeps)
        for i in 0..<columns { isOpen[i] = !isHeldAtBound(i) }

        var iterations = 0
        while iterations < 20 + 4 * columns {
            iterations += 1
            solveOpen()
            if advance() { continue }
            guard let worst = worstHeld(above: 1e-9 * scale) else { break }
            isOpen[worst] = true
        }
        let slope = openSlope()
        return Outcome(
            iterations: iterations, optimality: scale > 0 ? slope / scale : 0, isOptimal: slope <= 1e-9 * scale)
    }

    // MARK: Steps

    /// projected = Aᵀb + ridge·prior.
    private mutating func project(_ targets: [Double]) {
        let n = columns
        for i in 0..<n { projected[i] = ridge[i] * prior[i] }
        for row in 0..<rows {
            let target = targets[row]
            for i in 0..<n { projected[i] += matrix[row * n + i] * target }
        }
    }

    private mutating func updateGradient() {
        Self.slope(normal, projected, solution, into: &gradient, columns)
    }

    /// gradient = normal·x − projected.
    private static func slope(
        _ normal: [Double], _ projected: [Double], _ x: [Double], into gradient: inout [Double], _ n: Int
    ) {
        for i in 0..<n { gradient[i] = -projected[i] }
        for j in 0..<n where x[j] != 0 { add(x[j], normal, from: j &* n, to: &gradient) }
    }

    /// target += factor · source[place…], the form that compilers turn into vector instructions.
    @inline(__always)
    private static func add(
        _ factor: Double, _ source: [Double], from place: Int, to values: inout [Double]
    ) {
        let source = source.span
        var target = values.mutableSpan
        let count = target.count
        precondition(place >= 0 && place + count <= source.count)
        for i in 0..<count { target[unchecked: i] += factor * source[unchecked: place &+ i] }
    }

    /// Projected coordinate descent, which keeps the gradient up to date.
    private mutating func sweep(_ count: Int) {
        let n = columns
        for _ in 0..<count {
            var largest = 0.0
            for i in 0..<n {
                let curvature = normal[i * n + i]
                guard curvature > 0 else { continue }
                let next = min(max(solution[i] - gradient[i] / curvature, lower[i]), upper[i])
                let change = next - solution[i]
                guard change != 0 else { continue }
                largest = max(largest, abs(change))
                solution[i] = next
                Self.add(change, normal, from: i &* n, to: &gradient)
            }
            if largest < 1e-9 { break }
        }
        updateGradient()
    }

    private func isHeldAtBound(_ i: Int) -> Bool {
        lower[i] == upper[i] || (solution[i] <= lower[i] && gradient[i] >= 0)
            || (solution[i] >= upper[i] && gradient[i] <= 0)
    }

    /// step = the way from `solution` to the optimum of the open unknowns, by Cholesky; 0 for unknowns that the data
    /// and the other unknowns leave undetermined.
    private mutating func solveOpen() {
        let n = columns
        open.removeAll(keepingCapacity: true)
        for i in 0..<n where isOpen[i] { open.append(i) }
        Self.solve(open, normal, gradient, n, factor: &factor, step: &step)
    }

    private static func solve(
        _ open: [Int], _ normal: [Double], _ gradient: [Double], _ n: Int, factor: inout [Double],
        step: inout [Double]
    ) {
        let count = open.count
        var factor = factor.mutableSpan
        var step = step.mutableSpan
        // UᵀU, row by row; U stands in the upper triangle.
        for row in 0..<count {
            let base = open[row] &* n
            for column in row..<count { factor[unchecked: row &* n &+ column] = normal[base + open[column]] }
            step[row] = -gradient[open[row]]
        }
        for row in 0..<count {
            let i = open[row]
            let remainder = factor[row &* n &+ row]
            guard remainder > 1e-13 * normal[i &* n &+ i] else {
                for column in row..<count { factor[unchecked: row &* n &+ column] = 0 }
                continue
            }
            let pivot = remainder.squareRoot()
            for column in row..<count { factor[unchecked: row &* n &+ column] /= pivot }
            step[row] /= pivot
            for below in row + 1..<max(row + 1, count) {
                let share = factor[unchecked: row &* n &+ below]
                if share == 0 { continue }
                step[unchecked: below] -= share * step[unchecked: row]
                for column in below..<count {
                    factor[unchecked: below &* n &+ column] -= share * factor[unchecked: row &* n &+ column]
                }
            }
        }
        for row in stride(from: count - 1, through: 0, by: -1) {
            let pivot = factor[row &* n &+ row]
            guard pivot > 0 else {
                step[row] = 0
                continue
            }
            var sum = step[row]
            for k in row + 1..<max(row + 1, count) { sum -= factor[unchecked: row &* n &+ k] * step[unchecked: k] }
            step[row] = sum / pivot
        }
    }

    /// Goes along the step until the first bound. True where a bound stopped it, which then holds its unknown.
    private mutating func advance() -> Bool {
        var fraction = 1.0
        var blocking = -1
        for row in 0..<open.count {
            let i = open[row]
            let bound = step[row] < 0 ? lower[i] : upper[i]
            let target = solution[i] + step[row]
            guard step[row] < 0 ? target < bound : target > bound else { continue }
            let reach = max((bound - solution[i]) / step[row], 0)
            if reach < fraction { (fraction, blocking) = (reach, row) }
        }
        for row in 0..<open.count {
            let i = open[row]
            solution[i] = min(max(solution[i] + fraction * step[row], lower[i]), upper[i])
        }
        if blocking >= 0 {
            let i = open[blocking]
            solution[i] = step[blocking] < 0 ? lower[i] : upper[i]
            isOpen[i] = false
        }
        updateGradient()
        return blocking >= 0
    }

    /// The unknown at a bound whose release lowers the objective fastest.
    private func worstHeld(above tolerance: Double) -> Int? {
        var worst: Int?
        var slope = tolerance
        for i in 0..<columns where !isOpen[i] && lower[i] < upper[i] {
            let inward = solution[i] <= lower[i] ? -gradient[i] : gradient[i]
            if inward > slope { (slope, worst) = (inward, i) }
        }
        return worst
    }

    /// The largest slope in a direction that no bound closes.
    private func openSlope() -> Double {
        var slope = 0.0
        for i in 0..<columns where !isHeldAtBound(i) { slope = max(slope, abs(gradient[i])) }
        return slope
    }

    private var scale: Double {
        var largest = 0.0
        for i in 0..<columns {
            largest = max(largest, abs(projected[i]), normal[i * columns + i] * abs(solution[i]))
        }
        return largest
    }
}
