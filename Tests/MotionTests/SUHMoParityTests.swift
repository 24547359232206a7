import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// The expected values are PyTorch's: `python -m mien_training.suhmo.golden`.
struct SUHMoParityTests {
    @Test func everyBlockMatchesPyTorchInSinglePrecision() throws {
        #expect(try SUHMoGolden.blocks(of: small("suhmo-small"), off: "suhmo-small-golden", by: 1e-5).isEmpty)
    }

    @Test func everyBlockMatchesPyTorchInHalfPrecision() throws {
        #expect(try SUHMoGolden.blocks(of: small("suhmo-small-half"), off: "suhmo-small-half-golden", by: 1e-2).isEmpty)
    }

    @Test func everyBlockOfTheShippedModelMatchesPyTorch() throws {
        #expect(try SUHMoGolden.blocks(of: shippedNetwork().network, off: "suhmo-shipped-golden", by: 1e-5).isEmpty)
    }

    @Test func theBaselineThatPutsOutTheWaySinceTheFirstFrameMatchesPyTorch() throws {
        let file = try SUHMoGolden.file("suhmo-small")
        let network = try SUHMo.Network(
            file, hidden: file.integer("hidden"), scales: SUHMo.Scales(file), displacement: true)
        // Its velocities are small differences of positions, so only those are held to the tolerance.
        #expect(
            try SUHMoGolden.blocks(
                of: network, off: "suhmo-displacement-golden", by: 1e-5, except: ["velocity", "ten.v"]
            ).isEmpty)
    }

    @Test func aThousandFreeFramesWithRestartsMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-small-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
        #expect(distance <= 1e-3)
    }

    @Test func aThousandFreeFramesInHalfPrecisionMatchPyTorch() throws {
        let golden = try SUHMoGolden.file("suhmo-small-half-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small-half"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
        #expect(distance <= 1e-3)
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
        try set.run {
            let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
            #expect(distance <= rounding)
        }
    }

    @Test func runsThatBeginAtDrawnFacesMatchPyTorch() throws {
        let file = try SUHMoGolden.file("suhmo-starts")
        let idling = try SUHMo.Idling(file)
        #expect(idling.starts.count == 3)
        var idler = SUHMo.Idler(
            try small("suhmo-starts"), idling, reference: SUHMoGolden.reference(), seed: 11, samples: 2)
        let golden = try SUHMoGolden.file("suhmo-starts-golden")
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("run"))
        #expect(distance <= 1e-3)
    }

    @Test func theCheapModeIsAPairOfTwins() throws {
        let golden = try SUHMoGolden.file("suhmo-small-golden")
        var idler = SUHMo.Idler(
            try small("suhmo-small"), .standard, reference: SUHMoGolden.reference(), seed: 11, samples: 1)
        let distance = try SUHMoGolden.distance(of: &idler, from: golden.tensor("cheap"))
        #expect(distance <= 1e-3)
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
