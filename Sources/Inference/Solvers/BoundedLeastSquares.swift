import CKernels

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
    private var inverse: [Double]  // 1 / normal's diagonal, 0 where that is 0
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
        inverse = zeros
        factor = [Double](repeating: 0, count: columns * (columns + 8))
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
        invertDiagonal()
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
        invertDiagonal()
    }

    private mutating func invertDiagonal() {
        for i in 0..<columns {
            let curvature = normal[i * columns + i]
            inverse[i] = curvature > 0 ? 1 / curvature : 0
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

    /// Sets the bounds of one unknown, lower ≤ upper, and moves the solution between them; after `begin`.
    public mutating func setBounds(of unknown: Int, lower: Double, upper: Double) {
        precondition(lower <= upper, "a lower bound lies above its upper one")
        self.lower[unknown] = lower
        self.upper[unknown] = upper
        let old = solution[unknown]
        let new = min(max(old, lower), upper)
        guard new != old else { return }
        solution[unknown] = new
        mien_add_scaled_row(new - old, normal, unknown, &gradient, columns)
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

    /// Solves for the products Aᵀb, one finite number an unknown. The solution stands in `solution`.
    @discardableResult
    public mutating func solve(products: [Double]) -> Outcome {
        setProducts(products)
        return optimise()
    }

    private mutating func optimise() -> Outcome {
        begin()
        descend(sweeps: 10)
        return finish()
    }

    // MARK: In parts, for a caller that changes bounds on the way

    /// Sets the products Aᵀb, one finite number an unknown.
    public mutating func setProducts(_ products: [Double]) {
        precondition(products.count == columns)
        for i in 0..<columns { projected[i] = products[i] + ridge[i] * prior[i] }
    }

    /// Sets the products to `products` + Σ weights[r]·rows[r, …], rows being row-major, `columns` finite numbers each.
    public mutating func setProducts(_ products: [Double], adding weights: [Double], of rows: [Double]) {
        precondition(rows.count == weights.count * columns)
        setProducts(products)
        mien_combine_rows(rows, weights, &projected, weights.count, columns)
    }

    /// Puts `solution` between the bounds and begins there.
    public mutating func begin() {
        for i in 0..<columns { solution[i] = min(max(solution[i], lower[i]), upper[i]) }
        updateGradient()
    }

    /// Sweeps of projected coordinate descent; moves of less than `least` are left out.
    public mutating func descend(sweeps: Int, least: Double = 1e-9) {
        mien_descend(normal, inverse, lower, upper, &solution, &gradient, columns, sweeps, least)
    }

    /// Sweeps over pairs of unknowns, 2i and 2i + 1, of which one is 0: each visit takes the better of the two.
    public mutating func descendPairs(sweeps: Int, least: Double = 1e-9) {
        mien_descend_pairs(normal, inverse, lower, upper, &solution, &gradient, columns / 2, sweeps, least)
    }

    /// Goes from where sweeps have come to the optimum.
    @discardableResult
    public mutating func finish() -> Outcome {
        updateGradient()
        for i in 0..<columns { isOpen[i] = !isHeldAtBound(i) }
        let tolerance = 1e-9 * scale
        var iterations = 0
        while iterations < 20 + 4 * columns {
            iterations += 1
            solveOpen()
            if advance() { continue }
            guard let worst = worstHeld(above: tolerance) else { break }
            isOpen[worst] = true
        }
        let (slope, scale) = (openSlope(), self.scale)
        return Outcome(
            iterations: iterations, optimality: scale > 0 ? slope / scale : 0, isOptimal: slope <= 1e-9 * scale)
    }

    /// The objective at `solution`, less its value at 0.
    public var objective: Double {
        var sum = 0.0
        for i in 0..<columns { sum += solution[i] * (gradient[i] - projected[i]) }
        return sum / 2
    }

    /// How much the objective grows when one unknown goes to 0 and another, which stands there, takes its place between
    /// bounds of its own; all others stay.
    public func lossOfExchange(_ unknown: Int, for other: Int, lower: Double, upper: Double) -> Double {
        let value = solution[unknown]
        let slope = gradient[unknown] - normal[unknown * columns + unknown] * value
        let otherSlope = gradient[other] - normal[other * columns + unknown] * value
        let new = min(max(-otherSlope * inverse[other], lower), upper)
        return new * (otherSlope + 0.5 * normal[other * columns + other] * new)
            - value * (slope + 0.5 * normal[unknown * columns + unknown] * value)
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

    /// gradient = normal·solution − projected.
    private mutating func updateGradient() {
        for i in 0..<columns { gradient[i] = -projected[i] }
        mien_combine_rows(normal, solution, &gradient, columns, columns)
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
        mien_solve_open(normal, gradient, n, open, open.count, &factor, &step)
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
