import FaceKit
import Foundation

/// A head on six rods that six servo arms push: pose to arm angles in closed form, and back by Newton's method.
///
/// Three pairs of motors stand on a circle, 120° apart, the first pair at 60° from the robot's front. In each pair the
/// arms swing outwards along the circle's tangent, upwards for a growing angle of the first and a falling one of the
/// second. The rods end in three pairs of anchors on the platform. Geometry as Reachy Mini's maker publishes it
/// (`kinematics_data.json` of reachy_mini).
///
/// Frames: the head's axes are those of `HeadPose` (x to the subject's left, y up, z out of the face).
public struct StewartPlatform: Sendable, Equatable {
    /// Lengths in metres, angles in radians.
    public struct Geometry: Sendable, Equatable {
        public var arm, rod: Double
        /// Radius of the motors' circle, their distance from the middle of their pair, and their height.
        public var motorRadius, motorOffset, motorHeight: Double
        /// Radius of the anchors' circle, and half the angle between those of a pair.
        public var anchorRadius, anchorHalfAngle: Double
        /// Height of the platform at rest.
        public var height: Double

        public init(
            arm: Double, rod: Double, motorRadius: Double, motorOffset: Double, motorHeight: Double,
            anchorRadius: Double, anchorHalfAngle: Double, height: Double
        ) {
            self.arm = arm
            self.rod = rod
            self.motorRadius = motorRadius
            self.motorOffset = motorOffset
            self.motorHeight = motorHeight
            self.anchorRadius = anchorRadius
            self.anchorHalfAngle = anchorHalfAngle
            self.height = height
        }
    }

    /// Position (m) and rotation (rad) of the head from rest: yaw, pitch, roll as in `HeadPose`.
    public struct Pose: Sendable, Equatable {
        public var yaw, pitch, roll, x, y, z: Double

        public init(
            yaw: Double = 0, pitch: Double = 0, roll: Double = 0, x: Double = 0, y: Double = 0, z: Double = 0
        ) {
            (self.yaw, self.pitch, self.roll) = (yaw, pitch, roll)
            (self.x, self.y, self.z) = (x, y, z)
        }
    }

    public let geometry: Geometry
    private let legs: InlineArray<6, Leg>

    /// One motor and its anchor, in axes x forward, y left, z up.
    private struct Leg: Sendable, Equatable {
        /// Where the motor stands, and where its arm points at 0 and at a quarter turn.
        var motor, ahead, up: SIMD3<Double>
        /// On the platform.
        var anchor: SIMD3<Double>
        /// Which of the two ways the arm can stand.
        var branch: Double
    }

    public init(_ geometry: Geometry) {
        self.geometry = geometry
        legs = InlineArray { index in
            let middle = .pi / 3 * Double(2 * (index / 2) + 1)
            let side: Double = index % 2 == 0 ? -1 : 1
            let outwards = SIMD3(cos(middle), sin(middle), 0)
            let tangent = SIMD3(-sin(middle), cos(middle), 0)
            let anchor = middle + side * geometry.anchorHalfAngle
            return Leg(
                motor: geometry.motorRadius * outwards + side * geometry.motorOffset * tangent
                    + SIMD3(0, 0, geometry.motorHeight),
                ahead: side * tangent, up: SIMD3(0, 0, -side),
                anchor: geometry.anchorRadius * SIMD3(cos(anchor), sin(anchor), 0), branch: side)
        }
    }

    public static func == (a: StewartPlatform, b: StewartPlatform) -> Bool { a.geometry == b.geometry }

    /// The six arm angles, rad, for a pose; where a rod is too short or too long for it, the nearest arm angle.
    public func armAngles(for pose: Pose) -> InlineArray<6, Double> {
        let place = Placement(pose, height: geometry.height)
        return InlineArray { index in
            let leg = legs[index]
            let way = place.apply(leg.anchor) - leg.motor
            let (ahead, up) = (dot(way, leg.ahead), dot(way, leg.up))
            // |way − arm · (cos θ, sin θ)| = rod, solved for θ.
            let reach = (dot(way, way) + geometry.arm * geometry.arm - geometry.rod * geometry.rod) / (2 * geometry.arm)
            let ratio = min(max(reach / (ahead * ahead + up * up).squareRoot(), -1), 1)
            return atan2(up, ahead) + leg.branch * acos(ratio)
        }
    }

    /// The pose that six arm angles, rad, hold; nil where Newton's method finds none near `start`.
    public func pose(forArmAngles angles: InlineArray<6, Double>, start: Pose = Pose()) -> Pose? {
        var pose = start
        for _ in 0..<20 {
            let errors = rodErrors(pose, angles)
            var largest = 0.0
            for index in 0..<6 { largest = max(largest, abs(errors[index])) }
            if largest < 1e-10 { return pose }
            var rows = InlineArray<6, InlineArray<7, Double>>(repeating: .init(repeating: 0))
            for column in 0..<6 {
                var moved = pose
                let step = 1e-6
                Self.add(step, to: &moved, component: column)
                let after = rodErrors(moved, angles)
                for row in 0..<6 { rows[row][column] = (after[row] - errors[row]) / step }
            }
            for row in 0..<6 { rows[row][6] = -errors[row] }
            guard Self.solve(&rows) else { return nil }
            for column in 0..<6 { Self.add(rows[column][6], to: &pose, component: column) }
        }
        return nil
    }

    /// By how much each rod would have to be longer, m.
    private func rodErrors(_ pose: Pose, _ angles: InlineArray<6, Double>) -> InlineArray<6, Double> {
        let place = Placement(pose, height: geometry.height)
        return InlineArray { index in
            let leg = legs[index]
            let elbow = leg.motor + geometry.arm * (cos(angles[index]) * leg.ahead + sin(angles[index]) * leg.up)
            let rod = place.apply(leg.anchor) - elbow
            return dot(rod, rod).squareRoot() - geometry.rod
        }
    }

    private static func add(_ step: Double, to pose: inout Pose, component: Int) {
        switch component {
        case 0: pose.yaw += step
        case 1: pose.pitch += step
        case 2: pose.roll += step
        case 3: pose.x += step
        case 4: pose.y += step
        default: pose.z += step
        }
    }

    /// Gauss's elimination with row exchange; the last column becomes the solution. False for a singular matrix.
    private static func solve(_ rows: inout InlineArray<6, InlineArray<7, Double>>) -> Bool {
        for column in 0..<6 {
            var pivot = column
            for row in column..<6 where abs(rows[row][column]) > abs(rows[pivot][column]) { pivot = row }
            guard abs(rows[pivot][column]) > 1e-12 else { return false }
            if pivot != column { rows.swapAt(column, pivot) }
            for row in 0..<6 where row != column {
                let factor = rows[row][column] / rows[column][column]
                for index in column..<7 { rows[row][index] -= factor * rows[column][index] }
            }
        }
        for row in 0..<6 { rows[row][6] /= rows[row][row] }
        return true
    }

    /// A pose as a map of points, in axes x forward, y left, z up: turns about z (yaw), y (pitch), x (roll).
    private struct Placement {
        var rows: (SIMD3<Double>, SIMD3<Double>, SIMD3<Double>)
        var shift: SIMD3<Double>

        init(_ pose: Pose, height: Double) {
            let (cy, sy, cp, sp) = (cos(pose.yaw), sin(pose.yaw), cos(pose.pitch), sin(pose.pitch))
            let (cr, sr) = (cos(pose.roll), sin(pose.roll))
            rows = (
                SIMD3(cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
                SIMD3(sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
                SIMD3(-sp, cp * sr, cp * cr)
            )
            shift = SIMD3(pose.z, pose.x, pose.y + height)
        }

        func apply(_ point: SIMD3<Double>) -> SIMD3<Double> {
            SIMD3(dot(rows.0, point), dot(rows.1, point), dot(rows.2, point)) + shift
        }
    }
}

private func dot(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double { (a * b).sum() }
