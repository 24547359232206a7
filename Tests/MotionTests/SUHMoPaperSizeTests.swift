import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// The paper's size with weights that Swift and Python draw alike, so that only outputs are stored.
struct SUHMoPaperSizeTests {
    @Test func everyBlockOfThePaperSizeMatchesPyTorch() throws {
        let weights = RandomWeights(seed: 11)
        let network = try SUHMo.Network(weights, hidden: SUHMo.paperHidden, scales: .standard)
        try SUHMoGolden.expectBlocks(of: network, "suhmo-paper-golden", within: 1e-5)
    }

    @Test func everyBlockOfThePaperSizeInHalfPrecisionStaysNearSingle() throws {
        let weights = RandomWeights(seed: 11, elementType: .float16)
        let network = try SUHMo.Network(weights, hidden: SUHMo.paperHidden, scales: .standard)
        try SUHMoGolden.expectBlocks(of: network, "suhmo-paper-golden", within: 1e-2)
    }

    @Test func freeFramesOfThePaperSizeMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-paper-golden")
        let network = try SUHMo.Network(RandomWeights(seed: 11), hidden: SUHMo.paperHidden, scales: .standard)
        var idler = SUHMo.Idler(network, .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        try SUHMoGolden.expect(&idler, follows: golden.tensor("run"), within: 1e-3)
    }
}
