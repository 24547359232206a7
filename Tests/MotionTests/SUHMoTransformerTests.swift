import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// The Transformer variant. The expected values are PyTorch's: `python -m mien_training.suhmo.golden`.
struct SUHMoTransformerTests {
    @Test func everyBlockMatchesPyTorch() throws {
        try expectBlocks(of: small(), "suhmo-transformer-golden", within: 1e-5)
    }

    @Test func everyBlockOfThePaperSizeMatchesPyTorch() throws {
        let network = try SUHMo.Transformer(RandomWeights(seed: 11), hidden: SUHMo.paperHidden, scales: .standard)
        try expectBlocks(of: network, "suhmo-transformer-paper-golden", within: 1e-5)
    }

    @Test func theSameInHalfPrecisionStaysNear() throws {
        let weights = RandomWeights(seed: 11, elementType: .float16)
        let network = try SUHMo.Transformer(weights, hidden: SUHMo.paperHidden, scales: .standard)
        try expectBlocks(of: network, "suhmo-transformer-paper-golden", within: 1e-2)
    }

    @Test func freeFramesWithRestartsBeyondAttentionsReachMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-transformer-golden")
        var idler = SUHMo.Idler(try small(), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
        #expect(distance <= 1e-3)
    }

    @Test func theCheapModeIsAPairOfTwins() throws {
        let golden = try SUHMoGolden.file("suhmo-transformer-golden")
        var idler = SUHMo.Idler(try small(), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 1)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("cheap"))
        #expect(distance <= 1e-3)
    }

    @Test func aFileOfThisKindIdlesAsTheOtherDoes() throws {
        let file = try SUHMoGolden.file("suhmo-transformer")
        var stream = try SUHMo(file: file, basis: SUHMoGolden.basis()).makeStream(seed: 4)
        for _ in 0..<3 { #expect(try #require(stream.next(person: nil).image)[0].x.isFinite) }
    }

    private func small() throws -> SUHMo.Transformer {
        let file = try SUHMoGolden.file("suhmo-transformer")
        return try SUHMo.Transformer(file, hidden: file.integer("hidden"), scales: SUHMo.Scales(file))
    }

    private func expectBlocks(of network: SUHMo.Transformer, _ name: String, within tolerance: Float) throws {
        let golden = try SUHMoGolden.file(name)
        func matrix(_ name: String) throws -> Matrix {
            let tensor = try golden.tensor(name)
            return Matrix(columns: tensor.shape[1], tensor.values)
        }
        func expect(_ found: Matrix, _ name: String) throws {
            let error = SUHMoGolden.relativeError(found.values, try matrix(name).values)
            #expect(error <= tolerance, "\(name) is off by \(error)")
        }
        var state = network.start(x: try matrix("x"), v: try matrix("v"))
        for frame in 1...100 {
            network.step(&state)
            if frame == 1 {
                try expect(state.seen, "own")
                try expect(state.met, "other")
            }
            if [1, 10, 100].contains(frame) {
                try expect(state.x, "\(frame).x")
                try expect(state.v, "\(frame).v")
            }
        }
    }
}
