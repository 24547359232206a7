import FaceKit
import Testing

@Suite struct Rotations {
    private func near(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Bool {
        let difference = a - b
        return (difference * difference).sum() < 1e-11
    }

    @Test func positiveYawTurnsTheFaceToTheSubjectsLeft() {
        #expect(near(Rotation(yaw: .pi / 2, pitch: 0, roll: 0)([0, 0, 1]), [1, 0, 0]))
    }

    @Test func positivePitchNodsDown() {
        #expect(near(Rotation(yaw: 0, pitch: .pi / 2, roll: 0)([0, 0, 1]), [0, -1, 0]))
    }

    @Test func positiveRollTiltsToTheRightShoulder() {
        // The left ear goes up, the crown goes to the subject's right.
        #expect(near(Rotation(yaw: 0, pitch: 0, roll: .pi / 2)([1, 0, 0]), [0, 1, 0]))
        #expect(near(Rotation(yaw: 0, pitch: 0, roll: .pi / 2)([0, 1, 0]), [-1, 0, 0]))
    }

    @Test func composesAsScipyDoes() {
        // scipy: Rotation.from_euler("YXZ", [0.3, -0.2, 0.1]).as_matrix()
        let rotation = HeadPose(yaw: 0.3, pitch: -0.2, roll: 0.1).rotation
        #expect(near(rotation.rows[0], [0.9447025, -0.153792, 0.2896295]))
        #expect(near(rotation.rows[1], [0.0978434, 0.9751703, 0.1986693]))
        #expect(near(rotation.rows[2], [-0.3129918, -0.1593451, 0.9362934]))
    }

    @Test func anglesComeBackFromTheMatrix() {
        for yaw in stride(from: Float(-3), through: 3, by: 0.6) {
            for pitch in stride(from: Float(-1.5), through: 1.5, by: 0.5) {
                for roll in stride(from: Float(-3), through: 3, by: 0.75) {
                    let angles = Rotation(yaw: yaw, pitch: pitch, roll: roll).angles
                    #expect(near([angles.yaw, angles.pitch, angles.roll], [yaw, pitch, roll]))
                }
            }
        }
    }

    @Test func lookingStraightDownHasNoRoll() {
        let rotation = Rotation(yaw: 0.4, pitch: .pi / 2, roll: 0.1)
        let angles = rotation.angles
        #expect(angles.roll == 0)
        let again = Rotation(yaw: angles.yaw, pitch: angles.pitch, roll: angles.roll)
        #expect(near(again([0, 0, 1]), rotation([0, 0, 1])) && near(again([1, 0, 0]), rotation([1, 0, 0])))
    }

    @Test func theInverseUndoesAndProductsChain() {
        let first = Rotation(yaw: 0.3, pitch: 0.2, roll: -0.4)
        let second = Rotation(yaw: -1, pitch: 0.5, roll: 0.7)
        let point: SIMD3<Float> = [0.1, -0.7, 0.4]
        #expect(near(first.inverse(first(point)), point))
        #expect(near((second * first)(point), second(first(point))))
    }
}
