import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// How a listener behaves as a stream.
@Suite struct SFMSStreamTests {
    private func run(_ stream: SFMS.Stream, _ persons: [PersonFrame?]) throws -> [FaceFrame] {
        var stream = stream
        return try persons.map { try stream.next(person: $0).face }
    }

    private func speaker(frames: Int = 200) throws -> [PersonFrame?] {
        Array(try SFMSGolden.persons(SFMSGolden.file("sfms-shipped"), "shipped").prefix(frames))
    }

    @Test func theSameSeedAndSpeakerGiveTheSameFrames() throws {
        let model = try SFMSGolden.shipped()
        let persons = try speaker()
        #expect(try run(model.makeStream(seed: 5), persons) == run(model.makeStream(seed: 5), persons))
    }

    @Test func anotherSeedGivesOtherFrames() throws {
        let model = try SFMSGolden.shipped()
        let persons = try speaker()
        #expect(try run(model.makeStream(seed: 5), persons) != run(model.makeStream(seed: 6), persons))
    }

    @Test func whatASpeakerDoesLaterCannotChangeEarlierFrames() throws {
        let model = try SFMSGolden.shipped()
        let persons = try speaker()
        let cut = persons.enumerated().map { $0 < 96 ? $1 : nil }
        let (whole, short) = try (run(model.makeStream(seed: 5), persons), run(model.makeStream(seed: 5), cut))
        #expect(whole[..<96] == short[..<96])
        #expect(whole[96...] != short[96...])
    }

    @Test func coefficientsStayWithinZeroAndOneForAMinuteAlone() throws {
        let frames = try run(SFMSGolden.shipped().makeStream(seed: 3), [PersonFrame?](repeating: nil, count: 1500))
        for frame in frames {
            let numbers = SFMSGolden.numbers(frame)
            #expect(numbers[..<52].allSatisfy { (0...1).contains($0) })
            #expect(numbers[52..<55].allSatisfy { abs($0) < 1 })
        }
    }

    @Test func valuesThatAreNotFiniteCountAsNotSensed() throws {
        let model = try SFMSGolden.shipped()
        var broken = PersonFrame(face: FaceFrame(), motionEnergy: .infinity, gazeRegion: .nan)
        broken.face[.mouthSmileLeft] = .nan
        broken.sensed = [SensedChannels(.mouthSmileLeft), .motionEnergy, .gazeRegion]
        let alone = try run(model.makeStream(seed: 5), [PersonFrame?](repeating: nil, count: 80))
        #expect(try run(model.makeStream(seed: 5), [PersonFrame?](repeating: broken, count: 80)) == alone)
    }

    @Test func aKeyframesNeighboursAreTheNearestOnEachSide() {
        let mask = KeyframeMask(frames: 6, groups: 1, keys: [false, true, false, false, true, false])
        #expect(mask.neighbours(0, 0) == (before: nil, after: 1))
        #expect(mask.neighbours(3, 0) == (before: 1, after: 4))
        #expect(mask.neighbours(4, 0) == (before: 4, after: 4))
        #expect(mask.neighbours(5, 0) == (before: 4, after: nil))
        #expect(mask.distances(3, 0) == (last: -2.0 / 6, next: 1.0 / 6))
    }
}
