import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// The expected values are PyTorch's: `python -m mien_training.suhmo.golden`.
struct SUHMoParityTests {
    @Test func everyBlockMatchesPyTorchInSinglePrecision() throws {
        try SUHMoGolden.expectBlocks(of: small("suhmo-small"), "suhmo-small-golden", within: 1e-5)
    }

    @Test func everyBlockMatchesPyTorchInHalfPrecision() throws {
        try SUHMoGolden.expectBlocks(of: small("suhmo-small-half"), "suhmo-small-half-golden", within: 1e-2)
    }

    @Test func everyBlockOfTheShippedModelMatchesPyTorch() throws {
        try SUHMoGolden.expectBlocks(of: shippedNetwork().network, "suhmo-shipped-golden", within: 1e-5)
    }

    @Test func theBaselineThatPutsOutTheWaySinceTheFirstFrameMatchesPyTorch() throws {
        let file = try SUHMoGolden.file("suhmo-small")
        let network = try SUHMo.Network(
            file, hidden: file.integer("hidden"), scales: SUHMo.Scales(file), displacement: true)
        // Its velocities are small differences of positions, so only those are held to the tolerance.
        try SUHMoGolden.expectBlocks(
            of: network, "suhmo-displacement-golden", within: 1e-5, except: ["velocity", "ten.v"])
    }

    @Test func aThousandFreeFramesWithRestartsMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-small-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        try SUHMoGolden.expect(&idler, follows: golden.tensor("run"), within: 1e-3)
    }

    @Test func aThousandFreeFramesInHalfPrecisionMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-small-half-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small-half"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        try SUHMoGolden.expect(&idler, follows: golden.tensor("run"), within: 1e-3)
    }

    /// Roundings grow over a thousand frames, each made of the last: in every order of sums to something else. So the
    /// run may be as far off as PyTorch's own is from the same in double precision.
    @Test(arguments: KernelSet.allCases.filter(\.isAvailable))
    func aThousandFreeFramesOfTheShippedModelMatchPyTorch(set: KernelSet) throws {
        let (network, idling) = try shippedNetwork()
        let neutral = try SUHMoGolden.neutral()
        var idler = SUHMo.Idler(network, idling, reference: neutral, seed: 11, samples: 2)
        let golden = try SUHMoGolden.file("suhmo-shipped-golden")
        let rounding = try golden.vector("run.rounding", count: 1)[0]
        try set.run { try SUHMoGolden.expect(&idler, follows: golden.tensor("run"), within: rounding) }
    }

    @Test func runsThatBeginAtDrawnFacesMatchPyTorch() throws {
        let file = try SUHMoGolden.file("suhmo-starts")
        let idling = try SUHMo.Idling(file)
        #expect(idling.starts.count == 3)
        var idler = SUHMo.Idler(
            try small("suhmo-starts"), idling, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let golden = try SUHMoGolden.file("suhmo-starts-golden")
        try SUHMoGolden.expect(&idler, follows: golden.tensor("run"), within: 1e-3)
    }

    @Test func theCheapModeIsAPairOfTwins() throws {
        let golden = try SUHMoGolden.file("suhmo-small-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 1)
        try SUHMoGolden.expect(&idler, follows: golden.tensor("cheap"), within: 1e-3)
    }

    private func small(_ name: String) throws -> SUHMo.Network {
        let file = try SUHMoGolden.file(name)
        return try SUHMo.Network(file, hidden: file.integer("hidden"), scales: SUHMo.Scales(file))
    }

    private func shippedNetwork() throws -> (network: SUHMo.Network, idling: SUHMo.Idling) {
        let file = try WeightFile(path: SUHMoGolden.models + "/suhmo.safetensors")
        let network = try SUHMo.Network(file, hidden: file.integer("hidden"), scales: SUHMo.Scales(file))
        return (network, try SUHMo.Idling(file))
    }
}
