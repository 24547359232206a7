import FaceFit
import FaceKit
import Motion
import Testing

@testable import Runtime

/// What a user's blinks and mirror do to the frames of a generator.
@Suite struct ReflexesTests {
    private let generators: Generators

    init() throws { generators = try Generators.none(in: ControllerSoakTests.home) }

    private func make(_ choice: Reflexes.Choice) -> Reflexes? {
        Reflexes(choice, seed: 4, basis: generators.basis, frameRate: 25)
    }

    @Test func whereNothingIsAskedForThereIsNothing() {
        #expect(make(Reflexes.Choice()) == nil)
    }

    @Test(arguments: [8.0, 17, 30]) func tenMinutesHoldTheBlinksAskedForWhateverTheGeneratorsLidsDo(rate: Double) throws
    {
        var reflexes = try #require(make(Reflexes.Choice(blinkRate: rate)))
        var (blinks, wasClosed) = (0, false)
        for frame in 0..<15_000 {
            var face = FaceFrame()
            // A generator that blinks every two seconds by itself.
            face[.eyeBlinkLeft] = frame % 50 < 5 ? 0.9 : 0.05
            reflexes.step(person: nil)
            let isClosed = reflexes.applied(to: generators.portrait(of: face)).face[.eyeBlinkLeft] > 0.6
            if isClosed, !wasClosed { blinks += 1 }
            wasClosed = isClosed
        }
        #expect(abs(Double(blinks) / 10 - rate) <= 0.1 * rate)
    }

    @Test func whereNoBlinksAreAskedForNoneShow() throws {
        var reflexes = try #require(make(Reflexes.Choice(blinkRate: 0)))
        let closures = (0..<1000).map { frame in
            var face = FaceFrame()
            face[.eyeBlinkRight] = frame % 50 < 5 ? 0.9 : 0.05
            reflexes.step(person: nil)
            return reflexes.applied(to: generators.portrait(of: face)).face[.eyeBlinkRight]
        }
        #expect(try #require(closures.dropFirst(5).max()) < 0.1)
    }

    @Test func aFrameWithReflexesIsOneFaceInAllItsForms() throws {
        var reflexes = try #require(make(Reflexes.Choice(mirrorGain: 0.5)))
        var person = PersonFrame(sensed: [SensedChannels(.jawOpen)])
        person.face[.jawOpen] = 0.8
        for _ in 0..<25 { reflexes.step(person: person) }
        let frame = reflexes.applied(to: generators.portrait(of: .neutral))
        var expected = FaceFrame()
        expected[.jawOpen] = 0.4
        let portrait = generators.portrait(of: expected)
        #expect(frame.face == expected)
        for point in 0..<LandmarkFrame.count { #expect(frame.landmarks[point] == portrait.landmarks[point]) }
        for place in 0..<14 { #expect(frame.distances[place] == portrait.distances[place]) }
    }
}
