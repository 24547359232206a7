import FaceKit
import Inference

/// A person's neutral landmarks, estimated from what pose-only fits leave.
///
/// First the identity components with a unit Gaussian prior, then each landmark's own mean remainder. An image says
/// nothing about depth, so there the depth comes from the identity components alone.
struct NeutralEstimate {
    private let basis: FaceBasis
    private let dimension: Int
    private var solver: BoundedLeastSquares
    private let ridge: [Double]
    private var amounts: [Double]
    private var own = [SIMD3<Double>](repeating: .zero, count: LandmarkFrame.count)
    private var sums = [SIMD3<Double>](repeating: .zero, count: LandmarkFrame.count)
    private var frames = 0.0

    init(basis: FaceBasis, dimension: Int, error: Double) {
        self.basis = basis
        self.dimension = dimension
        let components = basis.identityCount
        solver = BoundedLeastSquares(rowCapacity: LandmarkFrame.count * 3, columns: components)
        ridge = [Double](repeating: 9 * error * error, count: components)
        amounts = [Double](repeating: 0, count: components)
    }

    mutating func begin() {
        for i in sums.indices { sums[i] = .zero }
        frames = 0
    }

    mutating func add(_ fit: FitProblem) {
        for i in sums.indices { sums[i] += fit.error(of: i) }
        frames += 1
    }

    /// The neutral landmarks after this round.
    mutating func finish(identityOnly: Bool) -> LandmarkFrame {
        if identityOnly { updateIdentity() } else { updateOwn() }
        var result = basis.with(identity: amounts.map(Float.init)).neutral
        for i in own.indices { result[i] += SIMD3<Float>(own[i]) }
        return result
    }

    private mutating func updateIdentity() {
        let landmarks = LandmarkFrame.count
        let components = amounts.count
        var matrix = [Double](repeating: 0, count: landmarks * dimension * components)
        var targets = [Double](repeating: 0, count: landmarks * dimension)
        for i in 0..<landmarks {
            let root = Double(basis.fitWeight[i]).squareRoot()
            for axis in 0..<dimension {
                let row = i * dimension + axis
                targets[row] = root * sums[i][axis] / frames
                for k in 0..<components {
                    let value = root * Double(basis.identity[k * landmarks + i][axis])
                    matrix[row * components + k] = value
                    targets[row] += value * amounts[k]
                }
            }
        }
        solver.setMatrix(matrix, rows: landmarks * dimension, ridge: ridge)
        solver.start(from: amounts)
        solver.solve(targets)
        amounts = solver.solution
    }

    private mutating func updateOwn() {
        for i in own.indices {
            own[i] += sums[i] / frames
            if dimension == 2 { own[i].z = 0 }
        }
    }
}
