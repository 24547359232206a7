import FaceKit

/// A 3 × 3 matrix in double precision, by rows: what a fit turns the head with.
struct Matrix3: Sendable {
    var rows: InlineArray<3, SIMD3<Double>>

    init(_ first: SIMD3<Double>, _ second: SIMD3<Double>, _ third: SIMD3<Double>) { rows = [first, second, third] }

    static let identity = Matrix3(SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1))
    static let zero = Matrix3(.zero, .zero, .zero)

    @inline(__always)
    func callAsFunction(_ v: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3((rows[0] * v).sum(), (rows[1] * v).sum(), (rows[2] * v).sum())
    }

    /// The transposed matrix times a vector: for a rotation, the turn back.
    @inline(__always)
    func transposed(_ v: SIMD3<Double>) -> SIMD3<Double> { v.x * rows[0] + v.y * rows[1] + v.z * rows[2] }

    static func * (left: Matrix3, right: Matrix3) -> Matrix3 {
        func row(_ r: SIMD3<Double>) -> SIMD3<Double> {
            r.x * right.rows[0] + r.y * right.rows[1] + r.z * right.rows[2]
        }
        return Matrix3(row(left.rows[0]), row(left.rows[1]), row(left.rows[2]))
    }

    /// The rotation that a small rotation vector stands for (Cayley's map: exact to third order, always a rotation, and
    /// plain arithmetic, so that its bytes are the same on every machine).
    init(turn v: SIMD3<Double>) {
        let h = 0.5 * v
        let square = (h * h).sum()
        let factor = 2 / (1 + square)
        func row(_ axis: Int, _ cross: SIMD3<Double>) -> SIMD3<Double> {
            var unit = SIMD3<Double>(repeating: 0)
            unit[axis] = 1
            return unit + factor * (cross + h[axis] * h - square * unit)
        }
        self.init(row(0, SIMD3(0, -h.z, h.y)), row(1, SIMD3(h.z, 0, -h.x)), row(2, SIMD3(-h.y, h.x, 0)))
    }

    /// The rotation in single precision.
    var rotation: Rotation {
        Rotation(SIMD3<Float>(rows[0]), SIMD3<Float>(rows[1]), SIMD3<Float>(rows[2]))
    }

    static func cross(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x)
    }

    var determinant: Double { (rows[0] * Self.cross(rows[1], rows[2])).sum() }

    /// The inverse of a symmetric matrix, or nil where it has none.
    var symmetricInverse: Matrix3? {
        let first = Self.cross(rows[1], rows[2])
        let determinant = (rows[0] * first).sum()
        guard abs(determinant) > 1e-30 else { return nil }
        return Matrix3(
            first / determinant, Self.cross(rows[2], rows[0]) / determinant,
            Self.cross(rows[0], rows[1]) / determinant)
    }
}
