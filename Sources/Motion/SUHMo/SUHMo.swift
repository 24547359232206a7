import FaceFit
import FaceKit
import Inference

/// SUHMo, the idle head: endless head and face motion without a driver, as 68 landmarks on an image.
///
/// An autoregressive GAN with the pair mechanism, in its LSTM or its Transformer variant (Airale, Vaufreydaz,
/// Alameda-Pineda, "Autoregressive GAN for Semantic Unconditional Head Motion Generation", 2022; spec §1). Its landmarks
/// are fitted by `FaceFit`, so a frame also has coefficients and a head pose.
public struct SUHMo: Sendable {
    /// Numbers of a frame of landmarks: x_0, y_0, x_1, y_1, …
    static let coordinates = 2 * LandmarkFrame.count
    /// The paper's hidden size; the shipped model is smaller, and says so in its file.
    public static let paperHidden = 1024

    public let frameRate: Double
    /// Size of h, c and of the hidden layers.
    public var hidden: Int { network.hidden }
    public internal(set) var idling: Idling
    /// The pose and expression that it idles around, on the image.
    public let reference: LandmarkFrame2D
    /// The face that those are of.
    let referenceFace: FaceFrame
    /// 2: the pair of the paper. 1: the cheap mode, at half the cost; after training with pairs it moves wider than people.
    public let samples: Int

    let network: any Generator
    let basis: FaceBasis

    /// What is wrong with a SUHMo weight file, beyond what `WeightFile` finds, or with a frame that it made.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case outOfRange(path: String, key: String, found: Float, range: ClosedRange<Float>)
        case notFinite(path: String, tensor: String, index: Int)
        case notPositive(path: String, tensor: String, index: Int)
        /// A frame that was made, counted from 0, and why it is no face.
        case unusableFrame(Int, FaceFitter.Error)

        public var description: String {
            switch self {
            case .outOfRange(let path, let key, let found, let range):
                "\(path): metadata \(key) is \(found), expected a number from \(range.lowerBound) to \(range.upperBound)"
            case .notFinite(let path, let tensor, let index):
                "\(path): tensor \(tensor) is not finite at place \(index)"
            case .notPositive(let path, let tensor, let index):
                "\(path): tensor \(tensor) is not above 0 at place \(index)"
            case .unusableFrame(let frame, let cause): "SUHMo made a frame that is no face (frame \(frame)): \(cause)"
            }
        }
    }

    /// Reads a model and checks all of it.
    ///
    /// - Parameters:
    ///   - reference: what to idle around; without one the basis' neutral face, straight ahead.
    ///   - cheap: run one sample instead of a pair.
    public init(file: WeightFile, basis: FaceBasis, reference: FaceFrame = .neutral, cheap: Bool = false) throws {
        let kind = try file.requireKind(oneOf: ["suhmo-lstm", "suhmo-transformer"])
        if let (tensor, index) = file.firstNotFinite() {
            throw Error.notFinite(path: file.path, tensor: tensor, index: index)
        }
        let frameRate = try file.number("frame_rate_hz")
        guard frameRate == knownFrameRate else {
            let known = Float(knownFrameRate)
            throw Error.outOfRange(
                path: file.path, key: "frame_rate_hz", found: Float(frameRate), range: known...known)
        }
        let hidden = try file.integer("hidden", in: 1...8192)
        let network: any Generator =
            if kind == "suhmo-transformer" {
                try Transformer(file, hidden: hidden, scales: Scales(file))
            } else {
                try Network(
                    file, hidden: hidden, scales: Scales(file),
                    displacement: file.metadata["output"] == "displacement")
            }
        self.init(
            network: network, idling: try Idling(file), frameRate: frameRate, basis: basis, reference: reference,
            cheap: cheap)
    }

    /// A model of random weights (`RandomWeights`), by default of the paper's size: what `mien bench` times and tests
    /// compare, since no trained one of that size is shipped.
    public static func random(
        hidden: Int = paperHidden, seed: UInt64, elementType: WeightTensor.ElementType = .float32, basis: FaceBasis,
        cheap: Bool = false, tally: WeightTally? = nil
    ) throws -> SUHMo {
        let weights = RandomWeights(seed: seed, elementType: elementType, tally: tally)
        return SUHMo(
            network: try Network(weights, hidden: hidden, scales: .standard), idling: .standard, frameRate: 25,
            basis: basis, reference: .neutral, cheap: cheap)
    }

    private init(
        network: any Generator, idling: Idling, frameRate: Double, basis: FaceBasis, reference: FaceFrame, cheap: Bool
    ) {
        self.network = network
        self.idling = idling
        self.frameRate = frameRate
        self.basis = basis
        referenceFace = reference
        self.reference = basis.project(basis.landmarks(of: reference))
        samples = cheap ? 1 : 2
    }

    /// Endless landmarks on the image, without a fit.
    public func makeIdler(seed: UInt64) -> any IdlingFace {
        func idler(_ network: some Generator) -> any IdlingFace {
            Idler(network, idling, reference: reference, seed: seed, samples: samples)
        }
        return idler(network)
    }
}
