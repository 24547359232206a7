import FaceKit
import Foundation
import Inference

/// A linear 3DMM of the 68 landmarks: a neutral face and what each coefficient adds to it.
///
/// Metres in the axes of `HeadPose`, the origin at the point about which the head turns. The weight file
/// (`mien.kind` = `face-basis`) is made from ICT-FaceKit by `mien_training.facefit.build`; its card says what is in it.
public struct FaceBasis: Sendable {
    /// The neutral landmarks in the head's own axes.
    public internal(set) var neutral: LandmarkFrame
    /// Image units per metre in the canonical projection.
    public let imageScale: Float
    /// The coefficients that landmarks show, in order.
    public let observable: [Blendshape]
    /// The coefficients that 68 points cannot show (eye directions, tongue, cheek puff and such): a fit leaves them 0.
    public let excluded: [Blendshape]

    /// Offsets of the landmarks at full deflection, shape after shape.
    let expression: [SIMD3<Float>]
    /// Offsets of the landmarks for one standard deviation of each identity component, component after component.
    let identity: [SIMD3<Float>]
    /// How far each landmark is trusted in a fit.
    let fitWeight: [Float]
    /// The size of each coefficient to expect on real faces: the smaller, the more a fit draws it to 0.
    let coefficientSize: [Float]

    /// Image units per metre that a face may have: beyond, it would be smaller than a pixel or hide the image.
    private static let imageScales = 0.1...100.0

    /// What is wrong with a weight file as a face basis, beyond what `WeightFile` finds.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case notNames(path: String, key: String)
        case wrongBlendshapes(path: String)
        case unknownBlendshape(path: String, key: String, name: String)
        case notFinite(path: String, tensor: String, index: Int)
        case badImageScale(path: String, found: Double)
        case excludedTwice(path: String, name: String)
        case nothingObservable(path: String)
        case notPositive(path: String, tensor: String, index: Int)

        public var description: String {
            switch self {
            case .notNames(let path, let key): "\(path): metadata \(key) is not a JSON list of names"
            case .wrongBlendshapes(let path):
                "\(path): metadata blendshapes is not the JSON list of the 52 ARKit names in canonical order"
            case .unknownBlendshape(let path, let key, let name):
                "\(path): metadata \(key) names \"\(name)\", expected an ARKit blendshape"
            case .notFinite(let path, let tensor, let index):
                "\(path): tensor \(tensor) is not finite at place \(index)"
            case .badImageScale(let path, let found):
                "\(path): metadata image_scale_per_metre is \(found), expected a number from "
                    + "\(FaceBasis.imageScales.lowerBound) to \(FaceBasis.imageScales.upperBound)"
            case .excludedTwice(let path, let name):
                "\(path): metadata excluded names \(name) twice, expected each blendshape at most once"
            case .nothingObservable(let path):
                "\(path): metadata excluded names all blendshapes, expected some that landmarks show"
            case .notPositive(let path, let tensor, let index):
                "\(path): tensor \(tensor) is not above 0 at place \(index)"
            }
        }
    }

    /// Reads the basis of a weight file.
    public init(path: String) throws { try self.init(file: WeightFile(path: path)) }

    /// Reads the basis of a weight file.
    public init(file: WeightFile) throws {
        try file.requireKind("face-basis")
        guard try Self.names(file, "blendshapes") == Blendshape.names else {
            throw Error.wrongBlendshapes(path: file.path)
        }
        let excludedNames = try Self.names(file, "excluded")
        let excluded = try excludedNames.map { name in
            guard let shape = Blendshape(name: name) else {
                throw Error.unknownBlendshape(path: file.path, key: "excluded", name: name)
            }
            return shape
        }
        if let place = excluded.indices.first(where: { excluded[..<$0].contains(excluded[$0]) }) {
            throw Error.excludedTwice(path: file.path, name: excludedNames[place])
        }
        guard excluded.count < Blendshape.count else { throw Error.nothingObservable(path: file.path) }
        if let (tensor, index) = file.firstNotFinite() {
            throw Error.notFinite(path: file.path, tensor: tensor, index: index)
        }
        let scale = try file.number("image_scale_per_metre")
        guard Self.imageScales.contains(scale) else { throw Error.badImageScale(path: file.path, found: scale) }
        let points = LandmarkFrame.count
        let components = try file.tensor("identity").shape.first ?? 0
        fitWeight = try Self.positive(file, "fit_weight", points)
        coefficientSize = try Self.positive(file, "coefficient_size", Blendshape.count)
        expression = try Self.vectors(file.tensor("expression", shape: [Blendshape.count, points, 3]))
        identity = try Self.vectors(file.tensor("identity", shape: [components, points, 3]))
        let mean = try Self.vectors(file.tensor("mean", shape: [points, 3]))
        neutral = LandmarkFrame()
        for i in 0..<points { neutral[i] = mean[i] }
        imageScale = Float(scale)
        self.excluded = excluded
        observable = Blendshape.allCases.filter { !excluded.contains($0) }
    }

    /// How many identity components there are.
    public var identityCount: Int { identity.count / LandmarkFrame.count }

    private static func names(_ file: WeightFile, _ key: String) throws -> [String] {
        let text = try file.text(key)
        guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
            throw Error.notNames(path: file.path, key: key)
        }
        return names
    }

    private static func positive(_ file: WeightFile, _ name: String, _ count: Int) throws -> [Float] {
        let values = try file.tensor(name, shape: [count]).values
        if let index = values.firstIndex(where: { $0 <= 0 }) {
            throw Error.notPositive(path: file.path, tensor: name, index: index)
        }
        return values
    }

    private static func vectors(_ tensor: WeightTensor) -> [SIMD3<Float>] {
        let values = tensor.values
        return (0..<values.count / 3).map { SIMD3(values[3 * $0], values[3 * $0 + 1], values[3 * $0 + 2]) }
    }
}
