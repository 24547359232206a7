import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// The paper's size with weights that Swift and Python draw alike, so that only outputs are stored.
struct SUHMoPaperSizeTests {
    @Test func everyBlockOfThePaperSizeMatchesPyTorch() throws {
        let weights = RandomWeights(seed: 11)
        let network = try SUHMo.Network(weights, hidden: SUHMo.paperHidden, scales: .standard)
        #expect(try SUHMoGolden.blocks(of: network, off: "suhmo-paper-golden", by: 1e-5).isEmpty)
    }

    @Test func everyBlockOfThePaperSizeInHalfPrecisionStaysNearSingle() throws {
        let weights = RandomWeights(seed: 11, elementType: .float16)
        let network = try SUHMo.Network(weights, hidden: SUHMo.paperHidden, scales: .standard)
        #expect(try SUHMoGolden.blocks(of: network, off: "suhmo-paper-golden", by: 1e-2).isEmpty)
    }

    @Test func freeFramesOfThePaperSizeMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-paper-golden")
        let network = try SUHMo.Network(RandomWeights(seed: 11), hidden: SUHMo.paperHidden, scales: .standard)
        var idler = SUHMo.Idler(network, .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
        #expect(distance <= 1e-3)
    }
}
