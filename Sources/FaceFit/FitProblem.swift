import FaceKit
import Inference

/// The fit of one frame: pose, scale and coefficients together, by Gauss-Newton steps of bounded least squares.
///
/// The unknowns of a step are a turn about the image's three axes, the logarithm of the scale, a shift (two numbers for
/// an image, three in space), then the observable coefficients themselves, held within 0…1. Residuals are metres on the
/// face. The closed-form pose of the last frame's expression starts every fit. No memory is reserved after `init`.
struct FitProblem: Sendable {
    let dimension: Int
    /// Observable coefficients, `Blendshape` order.
    let active: [Int]
    private(set) var pose = ClosedFormPose()
    /// The observable coefficients found last; the next fit starts from them.
    private(set) var coefficients: [Double]
    /// Weighted root mean square of the distances, metres on the face.
    private(set) var residual = 0.0
    /// Gauss-Newton steps of the last fit.
    private(set) var steps = 0
    var points = [SIMD3<Double>](repeating: .zero, count: LandmarkFrame.count)

    private var neutral: [SIMD3<Double>]
    private let offsets: [SIMD3<Double>]
    private let weights: [Double]
    private var shape: [SIMD3<Double>]
    private var errors: [SIMD3<Double>]
    private var solver: BoundedLeastSquares
    private var products: [Double]
    private var right: [Double]
    /// Offsets by landmark and axis, coefficients side by side.
    private let columnsOfOffsets: [Double]
    private let grams: [Double]
    private var ridge: [Double]
    private var start: [Double]
    private let upper: [Double]
    private let upperPoseOnly: [Double]
    private let lower: [Double]

    private typealias PoseColumns = InlineArray<7, SIMD3<Double>>

    private var poseUnknowns: Int { 4 + dimension }
    private var unknowns: Int { 4 + dimension + active.count }

    init(basis: FaceBasis, dimension: Int, options: FaceFitter.Options) {
        self.dimension = dimension
        active = basis.observable.map(\.rawValue)
        let landmarks = LandmarkFrame.count
        let poseCount = 4 + dimension
        let count = poseCount + active.count
        neutral = (0..<landmarks).map { SIMD3<Double>(basis.neutral[$0]) }
        offsets = active.flatMap { shape in
            (0..<landmarks).map { SIMD3<Double>(basis.expression[shape * landmarks + $0]) }
        }
        weights = basis.fitWeight.map(Double.init)
        coefficients = [Double](repeating: 0, count: active.count)
        shape = neutral
        errors = [SIMD3<Double>](repeating: .zero, count: landmarks)
        solver = BoundedLeastSquares(rowCapacity: 1, columns: count)
        products = [Double](repeating: 0, count: count * count)
        right = [Double](repeating: 0, count: count)
        grams = Self.grams(offsets, weights)
        let kept = offsets
        let coefficientCount = active.count
        columnsOfOffsets = (0..<landmarks * 3).flatMap { row in
            (0..<coefficientCount).map { kept[$0 * landmarks + row / 3][row % 3] }
        }
        start = [Double](repeating: 0, count: count)
        ridge = [Double](repeating: 1e-10, count: poseCount)
        ridge += active.map { shape in
            let pull = options.landmarkError / Double(basis.coefficientSize[shape])
            return pull * pull
        }
        // A step turns by at most half a radian and scales by at most a third.
        let reach = [0.5, 0.5, 0.5, 0.3] + [Double](repeating: 1, count: dimension)
        lower = reach.map { -$0 } + [Double](repeating: 0, count: active.count)
        upper = reach + [Double](repeating: 1, count: active.count)
        upperPoseOnly = reach + [Double](repeating: 0, count: active.count)
    }

    /// Replaces the neutral landmarks.
    mutating func setNeutral(_ landmarks: LandmarkFrame) {
        for i in 0..<LandmarkFrame.count { neutral[i] = SIMD3<Double>(landmarks[i]) }
    }

    /// The next fit starts from the neutral face.
    mutating func forget() {
        for k in coefficients.indices { coefficients[k] = 0 }
    }

    /// Fits `points`. With `poseOnly` the coefficients are 0.
    mutating func solve(mostSteps: Int, poseOnly: Bool = false) throws(FaceFitter.Error) {
        for i in points.indices {
            let p = points[i]
            guard p.x.isFinite, p.y.isFinite, p.z.isFinite else { throw .notFinite(landmark: i) }
        }
        if poseOnly { forget() }
        updateShape()
        try pose.solve(points: points, shape: shape, weights: weights, dimension: dimension)
        solver.setBounds(lower: lower, upper: poseOnly ? upperPoseOnly : upper)
        steps = 0
        while steps < mostSteps {
            steps += 1
            linearise()
            solver.setNormalMatrix(products, ridge: ridge)
            for j in 0..<poseUnknowns { start[j] = 0 }
            for k in coefficients.indices { start[poseUnknowns + k] = coefficients[k] }
            solver.start(from: start)
            solver.solve(products: right)
            if try advance() { break }
        }
        updateShape()
        measure()
    }

    /// What was found; the translation in units of the points.
    var frame: FaceFrame {
        var frame = FaceFrame(
            head: HeadPose(rotation: pose.rotation.rotation, translation: SIMD3<Float>(pose.offset)))
        for k in active.indices { frame.coefficients[active[k]] = Float(coefficients[k]) }
        return frame
    }

    private mutating func updateShape() {
        for i in shape.indices { shape[i] = neutral[i] }
        for k in coefficients.indices where coefficients[k] != 0 {
            let amount = coefficients[k]
            let base = k * shape.count
            for i in shape.indices { shape[i] += amount * offsets[base + i] }
        }
    }

    /// Writes the normal equations of the step's problem.
    ///
    /// A coefficient's column at a landmark is P·o, with o its offset and P the first rows of the rotation. So the
    /// products of two coefficients' columns are Σ oᵀ(PᵀP)o: the sums over landmarks never change (`grams`), and only
    /// PᵀP does. The products with the pose's columns and with the error are offsets times Pᵀ of those.
    private mutating func linearise() {
        updateShape()
        for index in products.indices { products[index] = 0 }
        for index in right.indices { right[index] = 0 }
        let (first, unknowns, count) = (poseUnknowns, unknowns, active.count)
        let (dimension, pose) = (dimension, pose)
        let rotation = pose.rotation
        columnsOfOffsets.withUnsafeBufferPointer { offsets in
            products.withUnsafeMutableBufferPointer { products in
                right.withUnsafeMutableBufferPointer { right in
                    for i in 0..<LandmarkFrame.count {
                        let turned = rotation(shape[i])
                        let error = Self.flat((points[i] - pose.offset) / pose.scale - turned, dimension)
                        let columns = Self.poseColumns(turned, dimension)
                        let weight = weights[i]
                        for a in 0..<first {
                            for b in 0..<first {
                                products[a * unknowns + b] += weight * (columns[a] * columns[b]).sum()
                            }
                            right[a] += weight * (columns[a] * error).sum()
                            Self.add(
                                rotation.transposed(weight * columns[a]), offsets, of: i, count: count, to: products,
                                at: a * unknowns + first)
                        }
                        Self.add(
                            rotation.transposed(weight * error), offsets, of: i, count: count, to: right, at: first)
                    }
                }
            }
        }
        addGrams(rotation)
        for a in 0..<first {
            for k in 0..<count {
                let value = products[a * unknowns + first + k]
                products[(first + k) * unknowns + a] = value
                right[a] += value * coefficients[k]
            }
        }
        for k in 0..<count {
            let base = (first + k) * unknowns + first
            for l in 0..<count { right[first + k] += products[base + l] * coefficients[l] }
        }
    }

    /// The vector without the direction that an image does not show.
    @inline(__always)
    private static func flat(_ v: SIMD3<Double>, _ dimension: Int) -> SIMD3<Double> {
        dimension == 2 ? SIMD3(v.x, v.y, 0) : v
    }

    /// How a turned point moves with the turn about x, y and z, the scale and the shift.
    @inline(__always)
    private static func poseColumns(_ turned: SIMD3<Double>, _ dimension: Int) -> PoseColumns {
        var columns = PoseColumns(repeating: SIMD3(0, 0, 0))
        columns[0] = flat(SIMD3(0, -turned.z, turned.y), dimension)
        columns[1] = flat(SIMD3(turned.z, 0, -turned.x), dimension)
        columns[2] = flat(SIMD3(-turned.y, turned.x, 0), dimension)
        columns[3] = flat(turned, dimension)
        for axis in 0..<dimension { columns[4 + axis][axis] = 1 }
        return columns
    }

    /// target[place + k] += v · offset of coefficient k at a landmark, for all k.
    @inline(__always)
    private static func add(
        _ v: SIMD3<Double>, _ offsets: UnsafeBufferPointer<Double>, of landmark: Int, count: Int,
        to target: UnsafeMutableBufferPointer<Double>, at place: Int
    ) {
        let x = landmark * 3 * count
        let y = x + count
        let z = y + count
        for k in 0..<count {
            target[place + k] += v.x * offsets[x + k] + v.y * offsets[y + k] + v.z * offsets[z + k]
        }
    }

    /// Adds the products of the coefficients' columns.
    private mutating func addGrams(_ rotation: Matrix3) {
        let count = active.count
        let first = poseUnknowns
        let columns = unknowns
        grams.withUnsafeBufferPointer { grams in
            products.withUnsafeMutableBufferPointer { products in
                var gram = 0
                for a in 0..<3 {
                    for b in a..<3 {
                        var factor = 0.0
                        for axis in 0..<dimension { factor += rotation.rows[axis][a] * rotation.rows[axis][b] }
                        for k in 0..<count {
                            let from = (gram * count + k) * count
                            let to = (first + k) * columns + first
                            for l in 0..<count { products[to + l] += factor * grams[from + l] }
                        }
                        gram += 1
                    }
                }
            }
        }
    }

    /// Σ over landmarks of weight · offset · offsetᵀ, for xx, xy, xz, yy, yz, zz, the mixed ones both ways.
    private static func grams(_ offsets: [SIMD3<Double>], _ weights: [Double]) -> [Double] {
        let landmarks = weights.count
        let count = offsets.count / landmarks
        var result: [Double] = []
        for a in 0..<3 {
            for b in a..<3 {
                for k in 0..<count {
                    for l in 0..<count {
                        var sum = 0.0
                        for i in 0..<landmarks {
                            let (o, p) = (offsets[k * landmarks + i], offsets[l * landmarks + i])
                            sum += weights[i] * (a == b ? o[a] * p[a] : o[a] * p[b] + o[b] * p[a])
                        }
                        result.append(sum)
                    }
                }
            }
        }
        return result
    }

    /// Takes the step; true where it was small enough to stop.
    private mutating func advance() throws(FaceFitter.Error) -> Bool {
        let turn = SIMD3(solver.solution[0], solver.solution[1], solver.solution[2])
        let growth = solver.solution[3]
        var shift = SIMD3<Double>(repeating: 0)
        for axis in 0..<dimension { shift[axis] = solver.solution[4 + axis] }
        pose.rotation = Matrix3(turn: turn) * pose.rotation
        pose.offset += pose.scale * shift
        pose.scale *= 1 + growth
        var largest = 0.0
        for k in coefficients.indices {
            let value = min(max(solver.solution[poseUnknowns + k], 0), 1)
            largest = max(largest, abs(value - coefficients[k]))
            coefficients[k] = value
        }
        guard pose.scale.isFinite, pose.scale > 0, (turn * turn).sum().isFinite else { throw .degenerate }
        return (turn * turn).sum() < 1e-8 && largest < 1e-3 && abs(growth) < 1e-4
    }

    private mutating func measure() {
        var sum = 0.0
        var total = 0.0
        for i in shape.indices {
            var error = (points[i] - pose.offset) / pose.scale - pose.rotation(shape[i])
            if dimension == 2 { error.z = 0 }
            errors[i] = error
            sum += weights[i] * (error * error).sum()
            total += weights[i]
        }
        residual = (sum / total).squareRoot()
    }

    /// What the last fit left of a landmark, metres in the head's own axes.
    func error(of landmark: Int) -> SIMD3<Double> {
        let rows = pose.rotation.rows
        let e = errors[landmark]
        return e.x * rows[0] + e.y * rows[1] + e.z * rows[2]
    }
}
