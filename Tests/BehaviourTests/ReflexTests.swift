import FaceKit
import Testing

@testable import Behaviour

/// Blinks and mirroring, measured.
@Suite struct ReflexTests {
    /// How often a series rises through 0.6.
    private func blinks(_ closures: [Float]) -> Int {
        zip(closures, closures.dropFirst()).count { $0 < 0.6 && $1 >= 0.6 }
    }

    @Test(arguments: [4.0, 8, 18, 26, 40], [25.0, 100])
    func tenMinutesHoldAsManyBlinksAsAskedFor(rate: Double, stepsASecond: Double) {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = BlinkGenerator(rate: rate, seed: seed)
            let closures = (0..<Int(600 * stepsASecond)).map { _ in generator.next(after: 1 / stepsASecond) }
            let found = Double(blinks(closures)) / 10
            // A rate of 4 is 40 blinks in ten minutes, of which one or two at the ends are a matter of chance.
            #expect(abs(found - rate) <= 0.1 * rate + (rate < 8 ? 0.2 : 0), "seed \(seed): \(found) blinks a minute")
        }
    }

    @Test func atRateZeroNobodyBlinks() {
        var generator = BlinkGenerator(rate: 0, seed: 1)
        #expect((0..<10_000).allSatisfy { _ in generator.next(after: 0.04) == 0 })
    }

    @Test func aBlinkClosesFasterThanItOpensAndTakesAQuarterOfASecond() {
        #expect(BlinkGenerator.closure(0) == 0)
        #expect(BlinkGenerator.closure(0.0375) == 0.5)
        #expect(BlinkGenerator.closure(0.08) == 1)
        #expect(abs(BlinkGenerator.closure(0.115 + 0.0675) - 0.5) < 1e-12)
        #expect(BlinkGenerator.closure(0.25) < 1e-12)
    }

    @Test func aFacesOwnLidsDoNotBlinkBesideTheGenerators() {
        var face = FaceFrame()
        face[.eyeBlinkLeft] = 0.8
        face[.eyeWideRight] = 0.4
        BlinkGenerator.close(&face, by: 0)
        #expect(face[.eyeBlinkLeft] == 0.3 && face[.eyeWideRight] == 0.4)
        BlinkGenerator.close(&face, by: 1)
        #expect(face[.eyeBlinkLeft] == 1 && face[.eyeBlinkRight] == 1 && face[.eyeWideRight] == 0)
    }

    @Test func restingLidsPassOverBlinksAndFollowWhatStays() {
        var lids = RestingLids()
        /// The largest resting closure while the face's own lids go through some closures, 25 a second.
        func most(_ closures: [Float]) -> Float {
            closures.reduce(0) { largest, closure in
                var face = FaceFrame()
                face[.eyeBlinkLeft] = closure
                lids.rest(&face, after: 0.04)
                return max(largest, face[.eyeBlinkLeft])
            }
        }
        // A blink every two seconds, a fifth of a second each, over lids that rest at 0.05.
        let blinking: [Float] = (0..<500).map { $0 % 50 < 5 ? 0.9 : 0.05 }
        #expect(most([0.05] + blinking) < 0.1)
        // Lids that stay lowered come along within seconds, to 0.3 at most, and rise at once.
        _ = most([Float](repeating: 0.2, count: 100))
        #expect(abs(most([0.2]) - 0.2) < 0.005)
        _ = most([Float](repeating: 0.9, count: 250))
        #expect(abs(most([0.9]) - 0.3) < 0.005)
        #expect(most([0.01]) == 0.01)
    }

    /// A face after a second before a person who smiles with the left lip corner.
    private func mirrored(gain: Float, smile: Float, own: Float = 0.1) -> FaceFrame {
        var person = PersonFrame(sensed: [SensedChannels(.mouthSmileLeft), .headYaw])
        person.face[.mouthSmileLeft] = smile
        person.face.head.yaw = 0.3
        var reflex = MirrorReflex(gain: gain)
        var face = FaceFrame()
        for _ in 0..<25 {
            face = FaceFrame()
            face[.mouthSmileLeft] = own
            face[.mouthSmileRight] = own
            reflex.step(person: person, after: 0.04)
            reflex.apply(to: &face)
        }
        return face
    }

    @Test(arguments: [0, 0.25, 0.5, 1] as [Float]) func aMirroredSmileRisesByTheGain(gain: Float) {
        let slope =
            mirrored(gain: gain, smile: 0.9)[.mouthSmileRight] - mirrored(gain: gain, smile: 0.4)[.mouthSmileRight]
        #expect(abs(slope / 0.5 - gain) < 1e-5)
    }

    @Test func whatIsNotSensedAndTheHeadStayTheFacesOwn() {
        let face = mirrored(gain: 1, smile: 0.9)
        #expect(face[.mouthSmileLeft] == 0.1)
        #expect(face.head.yaw == 0)
    }

    @Test func theMirrorEasesInAndOut() {
        var person = PersonFrame(sensed: [SensedChannels(.jawOpen)])
        person.face[.jawOpen] = 1
        var reflex = MirrorReflex(gain: 0.5)
        let jaw = (0..<40).map { frame in
            var face = FaceFrame()
            reflex.step(person: frame < 20 ? person : nil, after: 0.04)
            reflex.apply(to: &face)
            return face[.jawOpen]
        }
        #expect(jaw[19] == 0.5 && jaw[39] == 0)
        for (one, next) in zip(jaw, jaw.dropFirst()) { #expect(abs(next - one) < 0.07) }
    }
}
