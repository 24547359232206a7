import FaceKit
import Testing

@Suite struct Reactions {
    @Test func attributesStandInTheOrderOfREACT() {
        let units = [1, 2, 4, 6, 7, 9, 10, 12, 14, 15, 17, 23, 24, 25, 26]
        #expect(ReactionAttribute.allCases.count == 25)
        #expect(ReactionAttribute.actionUnits.map(\.actionUnit) == units)
        #expect(ReactionAttribute.valence.rawValue == 15 && ReactionAttribute.arousal.rawValue == 16)
        #expect(
            ReactionAttribute.expressions.map { String(describing: $0) } == [
                "neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt",
            ])
    }

    @Test func aSmileWithRaisedCheeksIsAU6And12() {
        var face = FaceFrame.neutral
        face[.mouthSmileLeft] = 0.5
        face[.mouthSmileRight] = 0.25
        face[.cheekSquintLeft] = 0.5
        let reaction = ReactionFrame(actionUnitsOf: face)
        #expect(reaction[.au12] == 0.375)
        #expect(reaction[.au6] == 0.25)
        let others = ReactionAttribute.allCases.filter { $0 != .au12 && $0 != .au6 }
        #expect(others.allSatisfy { reaction[$0] == 0 })
    }

    @Test func lipsPartAsFarAsTheyAreNotClosed() {
        var face = FaceFrame.neutral
        face[.jawOpen] = 0.5
        face[.mouthClose] = 0.25
        #expect(ReactionFrame(actionUnitsOf: face)[.au25] == 0.25)
        #expect(ReactionFrame(actionUnitsOf: face)[.au26] == 0.5)
        face[.mouthClose] = 1
        #expect(ReactionFrame(actionUnitsOf: face)[.au25] == 0)
    }
}
