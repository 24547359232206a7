import FaceFit
import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// What the SFMS tests compare with: `Training/mien_training/sfms/golden.py` made it with PyTorch.
enum SFMSGolden {
    static let seed: UInt64 = 42

    static func file(_ name: String) throws -> WeightFile {
        try WeightFile(path: Bundle.module.bundlePath + "/Golden/\(name).safetensors")
    }

    /// The folder of shipped models.
    static let models = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Models").standardizedFileURL.path

    static func basis() throws -> FaceBasis { try FaceBasis(path: models + "/face-basis.safetensors") }

    static func shipped(kept: Int = SFMS.standardKept) throws -> SFMS {
        try SFMS(
            tokeniser: WeightFile(path: models + "/sfms-tokeniser.safetensors"),
            predictor: WeightFile(path: models + "/sfms-predictor.safetensors"), basis: basis(), kept: kept)
    }

    /// A size and a precision at which a block is held beside PyTorch's.
    struct Case: Sendable, CustomTestStringConvertible {
        var size: String
        var elementType: WeightTensor.ElementType

        var tolerance: Float { elementType == .float32 ? 1e-5 : 1e-2 }
        /// Outputs of the paper's size hold every seventh column.
        var step: Int { size == "paper" ? 7 : 1 }
        var testDescription: String { "\(size) \(elementType)" }

        static let all = ["small", "paper"].flatMap { size in
            [Case(size: size, elementType: .float32), Case(size: size, elementType: .float16)]
        }
    }

    /// The sizes of golden.py's `SIZES["small"]`.
    static let smallTokeniser = SFMS.TokeniserShape(
        size: SFMS.Width(width: 24, heads: 3, hidden: 40), layers: [1, 2, 1, 2], chooserWidth: 18)
    /// golden.py's `FINE`.
    static let fineQuantisers: [SFMS.TokeniserShape.Quantiser] = [
        [40, 30, 20, 12, 8, 7, 6, 5], [50, 3], [30, 20, 16, 12, 10, 8], [20, 19, 18], [21, 9, 8],
    ].map { .scalar(levels: $0) }
    static let smallPredictor = SFMS.PredictorShape(
        size: SFMS.Width(width: 24, heads: 3, hidden: 40), layers: [2, 1, 2, 2], patch: 4, isSequential: true)

    /// A tokeniser with random weights at the small or at the paper's size.
    static func tokeniser(
        _ size: String, _ elementType: WeightTensor.ElementType = .float32,
        quantisers: [SFMS.TokeniserShape.Quantiser] = SFMS.TokeniserShape.standardQuantisers,
        placement: SFMS.Placement = .exact
    ) throws -> SFMS.Tokeniser {
        var shape = size == "paper" ? SFMS.TokeniserShape.paper : smallTokeniser
        shape.quantisers = quantisers
        shape.placement = placement
        return try SFMS.Tokeniser(
            RandomWeights(seed: seed, elementType: elementType), shape: shape, groups: ChannelGroups.standard)
    }

    /// A listener with random weights at the small or at the paper's size.
    static func random(
        _ size: String, _ elementType: WeightTensor.ElementType = .float32, sampling: SFMS.Sampling = SFMS.Sampling(),
        kept: Int = SFMS.standardKept
    ) throws -> SFMS {
        let isPaper = size == "paper"
        return try SFMS.random(
            tokeniser: isPaper ? .paper : smallTokeniser, predictor: isPaper ? .paper : smallPredictor, seed: seed,
            basis: basis(), elementType: elementType, sampling: sampling, kept: kept)
    }

    /// The made-up speaker that a stream was recorded with.
    static func persons(_ file: WeightFile, _ prefix: String) throws -> [PersonFrame?] {
        let (values, present) = try (file.tensor("\(prefix).sensed").values, file.tensor("\(prefix).present").values)
        return (0..<values.count / 4).map { frame in
            var person = PersonFrame()
            let here = (0..<4).map { present[4 * frame + $0] > 0 }
            guard here.contains(true) else { return nil }
            if here[0] {
                person.face[.mouthSmileLeft] = values[4 * frame]
                person.face[.mouthSmileRight] = values[4 * frame]
                person.sensed.formUnion([SensedChannels(.mouthSmileLeft), SensedChannels(.mouthSmileRight)])
            }
            if here[1] {
                person.face[.cheekSquintLeft] = values[4 * frame + 1]
                person.sensed.insert(SensedChannels(.cheekSquintLeft))
            }
            if here[2] {
                person.motionEnergy = values[4 * frame + 2]
                person.sensed.insert(.motionEnergy)
            }
            if here[3] {
                person.gazeRegion = values[4 * frame + 3]
                person.sensed.insert(.gazeRegion)
            }
            return person
        }
    }

    /// The 58 numbers of a face, in channel order.
    static func numbers(_ face: FaceFrame) -> [Float] {
        let head = face.head
        return (0..<52).map { face.coefficients[$0] } + [head.yaw, head.pitch, head.roll, head.x, head.y, head.z]
    }

    /// max|Δ| / max|y|
    static func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
        guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
        let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? 0
        return difference / (expected.map(abs).max() ?? 1)
    }
}

extension WeightFile {
    func integers(_ name: String) throws -> [Int] { try tensor(name).values.map { Int($0) } }

    func matrix(_ name: String) throws -> Matrix {
        let tensor = try tensor(name)
        return Matrix(columns: tensor.shape[1], tensor.values)
    }
}
