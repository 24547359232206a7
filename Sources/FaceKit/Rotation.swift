import Foundation

/// A rotation of three-dimensional space as a right-handed matrix, in the axes of `HeadPose`.
///
/// Rows of the matrix; angles in radians.
public struct Rotation: Sendable, Equatable {
    public var rows: InlineArray<3, SIMD3<Float>>

    @inlinable
    public init(_ first: SIMD3<Float>, _ second: SIMD3<Float>, _ third: SIMD3<Float>) {
        rows = [first, second, third]
    }

    /// No rotation.
    public static let identity = Rotation([1, 0, 0], [0, 1, 0], [0, 0, 1])

    /// `Ry(yaw) · Rx(pitch) · Rz(roll)`.
    public init(yaw: Float, pitch: Float, roll: Float) {
        let (sinYaw, cosYaw) = (sin(yaw), cos(yaw))
        let (sinPitch, cosPitch) = (sin(pitch), cos(pitch))
        let (sinRoll, cosRoll) = (sin(roll), cos(roll))
        self.init(
            [
                cosYaw * cosRoll + sinYaw * sinPitch * sinRoll, -cosYaw * sinRoll + sinYaw * sinPitch * cosRoll,
                sinYaw * cosPitch,
            ],
            [cosPitch * sinRoll, cosPitch * cosRoll, -sinPitch],
            [
                -sinYaw * cosRoll + cosYaw * sinPitch * sinRoll, sinYaw * sinRoll + cosYaw * sinPitch * cosRoll,
                cosYaw * cosPitch,
            ])
    }

    /// The rotated vector.
    @inlinable
    public func callAsFunction(_ vector: SIMD3<Float>) -> SIMD3<Float> {
        SIMD3((rows[0] * vector).sum(), (rows[1] * vector).sum(), (rows[2] * vector).sum())
    }

    /// The rotation back: the transposed matrix.
    @inlinable
    public var inverse: Rotation {
        Rotation(
            [rows[0].x, rows[1].x, rows[2].x], [rows[0].y, rows[1].y, rows[2].y], [rows[0].z, rows[1].z, rows[2].z])
    }

    /// First `right`, then `left`.
    @inlinable
    public static func * (left: Rotation, right: Rotation) -> Rotation {
        let columns = right.inverse.rows
        func row(_ row: SIMD3<Float>) -> SIMD3<Float> {
            SIMD3((row * columns[0]).sum(), (row * columns[1]).sum(), (row * columns[2]).sum())
        }
        return Rotation(row(left.rows[0]), row(left.rows[1]), row(left.rows[2]))
    }

    /// The angles whose product this is, pitch within ±π/2. Where pitch is ±π/2, yaw and roll turn about one axis: roll
    /// is then 0.
    public var angles: (yaw: Float, pitch: Float, roll: Float) {
        let pitch = asin(min(max(-rows[1].z, -1), 1))
        guard abs(rows[1].z) < 0.999_999 else {
            return (atan2(-rows[2].x, rows[0].x), pitch, 0)
        }
        return (atan2(rows[0].z, rows[2].z), pitch, atan2(rows[1].x, rows[1].y))
    }

    @inlinable
    public static func == (left: Rotation, right: Rotation) -> Bool {
        left.rows[0] == right.rows[0] && left.rows[1] == right.rows[1] && left.rows[2] == right.rows[2]
    }
}

extension HeadPose {
    /// The pose's rotation, `Ry(yaw) · Rx(pitch) · Rz(roll)`.
    public var rotation: Rotation { Rotation(yaw: yaw, pitch: pitch, roll: roll) }

    /// The pose's translation in metres.
    @inlinable
    public var translation: SIMD3<Float> { SIMD3(x, y, z) }

    /// The pose of a rotation and a translation in metres.
    public init(rotation: Rotation, translation: SIMD3<Float> = .zero) {
        let angles = rotation.angles
        self.init(
            yaw: angles.yaw, pitch: angles.pitch, roll: angles.roll,
            x: translation.x, y: translation.y, z: translation.z)
    }
}
