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
    private let roots: [Double]
    private var shape: [SIMD3<Double>]
    private var errors: [SIMD3<Double>]
    private var solver: BoundedLeastSquares
    private var matrix: [Double]
    private var targets: [Double]
    private var ridge: [Double]
    private var start: [Double]
    private let upper: [Double]
    private let upperPoseOnly: [Double]
    private let lower: [Double]

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
        roots = weights.map { $0.squareRoot() }
        coefficients = [Double](repeating: 0, count: active.count)
        shape = neutral
        errors = [SIMD3<Double>](repeating: .zero, count: landmarks)
        solver = BoundedLeastSquares(rowCapacity: landmarks * dimension, columns: count)
        matrix = [Double](repeating: 0, count: landmarks * dimension * count)
        targets = [Double](repeating: 0, count: landmarks * dimension)
        start = [Double](repeating: 0, count: count)
        let size = options.landmarkError / options.coefficientSize
        ridge = [Double](repeating: 1e-10, count: poseCount)
        ridge += [Double](repeating: size * size, count: active.count)
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
            solver.setMatrix(matrix, rows: LandmarkFrame.count * dimension, ridge: ridge)
            for j in 0..<poseUnknowns { start[j] = 0 }
            for k in coefficients.indices { start[poseUnknowns + k] = coefficients[k] }
            solver.start(from: start)
            solver.solve(targets)
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

    /// Writes the rows of the step's problem.
    private mutating func linearise() {
        updateShape()
        let rotation = pose.rotation
        let columns = unknowns
        let first = poseUnknowns
        let count = shape.count
        for i in 0..<count {
            let turned = rotation(shape[i])
            let error = (points[i] - pose.offset) / pose.scale - turned
            let root = roots[i]
            for axis in 0..<dimension {
                let row = i * dimension + axis
                let base = row * columns
                // Derivative of a turn about x, y, z: the cross product of the axis and the point.
                let turn: SIMD3<Double> =
                    switch axis {
                    case 0: SIMD3(0, turned.z, -turned.y)
                    case 1: SIMD3(-turned.z, 0, turned.x)
                    default: SIMD3(turned.y, -turned.x, 0)
                    }
                matrix[base] = root * turn.x
                matrix[base + 1] = root * turn.y
                matrix[base + 2] = root * turn.z
                matrix[base + 3] = root * turned[axis]
                for other in 0..<dimension { matrix[base + 4 + other] = other == axis ? root : 0 }
                let line = root * rotation.rows[axis]
                var target = root * error[axis]
                for k in 0..<active.count {
                    let value = (line * offsets[k * count + i]).sum()
                    matrix[base + first + k] = value
                    target += value * coefficients[k]
                }
                targets[row] = target
            }
        }
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
