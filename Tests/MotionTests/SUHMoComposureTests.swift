import FaceKit
import Testing

@testable import Motion

@Suite struct SUHMoComposureTests {
    private func face(jawOpen: Float, yaw: Float) -> FaceFrame {
        var face = FaceFrame()
        face[.jawOpen] = jawOpen
        face.head.yaw = yaw
        return face
    }

    @Test func aLeanAndAGapingJawFadeToTheReference() {
        var composure = SUHMo.Composure(reference: .neutral)
        var last = FaceFrame()
        for _ in 0..<2500 { last = composure.compose(face(jawOpen: 0.9, yaw: -0.14)) }
        // After 100 s: five time constants of the head, e⁻⁵ = 0.0067 of the lean; the jaw long closed.
        #expect(abs(last.head.yaw) < 0.14 * 0.0068)
        #expect(last[.jawOpen] < 1e-5)
    }

    @Test func aQuickMotionPassesAndADeviationIsLimited() {
        var composure = SUHMo.Composure(reference: .neutral)
        let first = composure.compose(face(jawOpen: 1, yaw: 0.1))
        #expect(first.head.yaw == 0.1)
        // 1 / (1 + 1 / 0.25) = 0.2.
        #expect(abs(first[.jawOpen] - 0.2) < 1e-6)
    }

    @Test func aTurnBeyondWhatWasLearntIsBent() {
        var composure = SUHMo.Composure(reference: .neutral)
        let turned = composure.compose(face(jawOpen: 0, yaw: -0.6)).head.yaw
        // 0.35 beyond 0.25, of 0.17 at most: 0.35 / (1 + 0.35 / 0.17) = 0.114423.
        #expect(abs(turned + 0.364423) < 1e-5)
    }

    @Test func aHeadThatWandersOffIsHeldNear() {
        var composure = SUHMo.Composure(reference: .neutral)
        var face = FaceFrame()
        (face.head.x, face.head.y) = (-0.16, 0.045)
        let head = composure.compose(face).head
        // 0.10 beyond 0.06, of 0.04 at most: 0.1 / (1 + 2.5) = 0.028571; 0.015 beyond 0.03, of 0.015: 0.0075.
        #expect(abs(head.x + 0.088571) < 1e-6)
        #expect(abs(head.y - 0.0375) < 1e-6)
    }

    @Test func itMovesAroundTheReferenceItWasGiven() {
        var reference = FaceFrame()
        reference[.mouthSmileLeft] = 0.4
        reference.head.pitch = 0.05
        var composure = SUHMo.Composure(reference: reference)
        #expect(composure.compose(reference) == reference)
    }
}
