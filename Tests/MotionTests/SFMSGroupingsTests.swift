import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// Listeners with other groups than the shipped five, beside PyTorch's (`mien_training/sfms/golden_groupings.py`).
@Suite struct SFMSGroupingsTests {
    /// Groups by the name that `channels.SCHEMES` has for them, and those that hold the smile.
    struct Scheme: Sendable, CustomTestStringConvertible {
        var name: String
        var groups: [[Int]]
        var smiles: [Int]

        var testDescription: String { name }

        static let all = [
            Scheme(name: "1", groups: ChannelGroups.one, smiles: [0]),
            Scheme(name: "4", groups: ChannelGroups.four, smiles: [1]),
            Scheme(
                name: "58", groups: ChannelGroups.channels,
                smiles: [Blendshape.mouthSmileLeft, .mouthSmileRight].map(\.rawValue)),
        ]
    }

    private func listener(_ groups: [[Int]], _ sampling: SFMS.Sampling = SFMS.Sampling()) throws -> SFMS {
        var shape = SFMSGolden.smallTokeniser
        shape.quantisers = [SFMS.TokeniserShape.Quantiser](repeating: .scalar(levels: [8, 6, 5]), count: groups.count)
        return try SFMS.random(
            tokeniser: shape, predictor: SFMSGolden.smallPredictor, groups: groups, seed: SFMSGolden.seed,
            basis: SFMSGolden.basis(), sampling: sampling, kept: 4)
    }

    @Test(arguments: Scheme.all) func aStreamDrawsTheTokensThatPyTorchsDraws(scheme: Scheme) throws {
        let file = try SFMSGolden.file("sfms-groupings")
        let sampling = SFMS.Sampling(
            temperature: 0.9, nucleus: 0.95, otherTemperature: 0.8, otherNucleus: 0.97, responseGain: 10, changeGain: 1,
            otherCodeTemperature: 0.7, headCodeTemperature: 1.3)
        var stream = try listener(scheme.groups, sampling).makeStream(seed: 7)
        var (drawn, shown): ([Int], [Float]) = ([], [])
        for (index, person) in try SFMSGolden.persons(file, scheme.name).enumerated() {
            shown += SFMSGolden.numbers(try stream.next(person: person).face)
            if index.isMultiple(of: 4) { drawn += stream.drawn }
        }
        #expect(try drawn == file.integers("\(scheme.name).tokens"))
        #expect(try SFMSGolden.relativeError(shown, file.tensor("\(scheme.name).frames").values) <= 1e-4)
    }

    @Test(arguments: Scheme.all) func theSmileAndTheHeadAreFoundInTheirGroups(scheme: Scheme) throws {
        let model = try listener(scheme.groups)
        let (places, groups) = (scheme.groups.indices, scheme.groups)
        #expect(places.filter { model.parts[$0] == .smile } == scheme.smiles)
        #expect(places.filter { !model.smileLevels[$0].isEmpty } == scheme.smiles)
        #expect(places.filter { model.parts[$0] == .head } == places.filter { groups[$0].min() ?? 0 >= 52 })
    }
}
