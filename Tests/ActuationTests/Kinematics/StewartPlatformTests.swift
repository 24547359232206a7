import Actuation
import Foundation
import Testing

/// Against the arm angles that the maker's own solver gives for Reachy Mini's published geometry
/// (`mien_training.peers.stewart`).
@Suite struct StewartPlatformTests {
    private let platform = StewartPlatform(
        .init(
            arm: 0.040, rod: 0.085, motorRadius: 0.03666, motorOffset: 0.010, motorHeight: 0.07663,
            anchorRadius: 0.030, anchorHalfAngle: 13.5 * .pi / 180, height: 0.177))

    /// Pose and arm angles of each row.
    private static let rows: [(pose: StewartPlatform.Pose, arms: [Double])] = {
        guard let url = Bundle.module.url(forResource: "stewart", withExtension: "csv", subdirectory: "Golden"),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").dropFirst().map { line in
            let values = line.split(separator: ",").compactMap { Double($0) }
            let pose = StewartPlatform.Pose(
                yaw: values[0], pitch: values[1], roll: values[2], x: values[3], y: values[4], z: values[5])
            return (pose, Array(values[6...]))
        }
    }()

    @Test func armAnglesAreTheMakers() {
        #expect(Self.rows.count == 60)
        for row in Self.rows {
            let arms = platform.armAngles(for: row.pose)
            // The published numbers are rounded to some 20 micrometres: a twentieth of a degree of an arm.
            for index in 0..<6 { #expect(abs(arms[index] - row.arms[index]) < 0.002, "\(row.pose)") }
        }
    }

    @Test func poseAndArmAnglesAreInverses() throws {
        for row in Self.rows {
            let found = try #require(platform.pose(forArmAngles: platform.armAngles(for: row.pose)))
            let pairs = [
                (found.yaw, row.pose.yaw), (found.pitch, row.pose.pitch), (found.roll, row.pose.roll),
                (found.x, row.pose.x), (found.y, row.pose.y), (found.z, row.pose.z),
            ]
            for (found, given) in pairs { #expect(abs(found - given) < 1e-8) }
        }
    }

    /// A head a metre up cannot be reached: the arms point up as far as they can and stay finite.
    @Test func beyondReachTheArmsStayFinite() {
        let arms = platform.armAngles(for: .init(y: 1))
        for index in 0..<6 { #expect(arms[index].isFinite) }
    }
}
