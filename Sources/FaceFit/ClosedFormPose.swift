import FaceKit
import Inference

/// The pose of a known shape, in closed form: where a fit starts.
///
/// For an image: the affine camera by least squares, then the nearest scaled rotation (weak perspective). For points in
/// space: Procrustes with scale (Umeyama 1991). Both use LAPACK's SVD.
struct ClosedFormPose: Sendable {
    var rotation = Matrix3.identity
    /// Units of the points per metre of the shape.
    var scale = 1.0
    /// Where the shape's origin lies, in units of the points; z is 0 for an image.
    var offset = SIMD3<Double>(repeating: 0)

    private var affine: SingularValueDecomposition
    private var square: SingularValueDecomposition
    private var affineMatrix = [Double](repeating: 0, count: 6)
    private var squareMatrix = [Double](repeating: 0, count: 9)

    init() {
        affine = SingularValueDecomposition(rows: 2, columns: 3)
        square = SingularValueDecomposition(rows: 3, columns: 3)
    }

    /// Solves for points (z ignored where `dimension` is 2) of a shape with weights.
    mutating func solve(
        points: [SIMD3<Double>], shape: [SIMD3<Double>], weights: [Double], dimension: Int
    ) throws(FaceFitter.Error) {
        var total = 0.0
        var meanPoint = SIMD3<Double>(repeating: 0)
        var meanShape = meanPoint
        for i in points.indices {
            total += weights[i]
            meanPoint += weights[i] * points[i]
            meanShape += weights[i] * shape[i]
        }
        meanPoint /= total
        meanShape /= total
        // Cross covariance (rows: points, columns: shape) and the spreads.
        var cross = Matrix3.zero
        var spread = cross
        var pointSpread = 0.0
        for i in points.indices {
            let p = points[i] - meanPoint
            let q = shape[i] - meanShape
            let weighted = weights[i] / total * q
            for axis in 0..<3 {
                cross.rows[axis] += p[axis] * weighted
                spread.rows[axis] += q[axis] * weighted
            }
            pointSpread += weights[i] / total * (p.x * p.x + p.y * p.y)
        }
        guard pointSpread > 1e-18, pointSpread.isFinite else { throw .degenerate }
        if dimension == 2 {
            try weakPerspective(cross, spread)
        } else {
            try procrustes(cross, spread: spread.rows[0].x + spread.rows[1].y + spread.rows[2].z)
        }
        offset = meanPoint - scale * rotation(meanShape)
        if dimension == 2 { offset.z = 0 }
    }

    private mutating func weakPerspective(_ cross: Matrix3, _ spread: Matrix3) throws(FaceFitter.Error) {
        guard let inverse = spread.symmetricInverse else { throw .degenerate }
        for row in 0..<2 {
            let line = inverse(cross.rows[row])
            for column in 0..<3 { affineMatrix[3 * row + column] = line[column] }
        }
        do { try affine.decompose(affineMatrix) } catch { throw .degenerate }
        let values = affine.singularValues
        guard values[1] > 0.1 * values[0] else { throw .degenerate }
        func line(_ row: Int) -> SIMD3<Double> {
            var sum = SIMD3<Double>(repeating: 0)
            for k in 0..<2 {
                let base = 3 * k
                sum +=
                    affine.u[2 * row + k]
                    * SIMD3(affine.vTransposed[base], affine.vTransposed[base + 1], affine.vTransposed[base + 2])
            }
            return sum
        }
        let first = line(0)
        let second = line(1)
        rotation = Matrix3(first, second, Matrix3.cross(first, second))
        scale = (values[0] + values[1]) / 2
    }

    private mutating func procrustes(_ cross: Matrix3, spread: Double) throws(FaceFitter.Error) {
        for row in 0..<3 {
            for column in 0..<3 { squareMatrix[3 * row + column] = cross.rows[row][column] }
        }
        do { try square.decompose(squareMatrix) } catch { throw .degenerate }
        let values = square.singularValues
        guard values[1] > 1e-3 * values[0] else { throw .degenerate }
        func rows(_ a: [Double]) -> Matrix3 {
            Matrix3(SIMD3(a[0], a[1], a[2]), SIMD3(a[3], a[4], a[5]), SIMD3(a[6], a[7], a[8]))
        }
        let u = rows(square.u)
        var vt = rows(square.vTransposed)
        let sign = u.determinant * vt.determinant < 0 ? -1.0 : 1.0
        vt.rows[2] *= sign
        rotation = u * vt
        scale = (values[0] + values[1] + sign * values[2]) / spread
        guard scale > 0 else { throw .degenerate }
    }
}
