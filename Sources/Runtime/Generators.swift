import FaceFit
import FaceKit
import Foundation
import Inference
import Motion

/// The motion models of a run, loaded once and shared by any number of streams.
public struct Generators: Sendable {
    /// The linear 3DMM between coefficients and landmarks.
    public let basis: FaceBasis
    /// The head-motion generator that idles, nil for none.
    public internal(set) var suhmo: (any MotionModel)?
    /// The listener, nil for none.
    public let sfms: (any MotionModel)?

    /// What a user chose: `trained` or `none`, and how it was turned.
    public var name = "none"
    public var controls = MotionControls()
    /// The files they were loaded from, by what they are for.
    public var files: [String: String] = [:]

    /// Frames a second at which motion ticks.
    public static let frameRate = 25.0

    public init(basis: FaceBasis, suhmo: (any MotionModel)?, sfms: (any MotionModel)?) {
        self.basis = basis
        self.suhmo = suhmo
        self.sfms = sfms
    }

    /// The models that ship with Mien, as a user wants them.
    public static func trained(in home: Home, controls: MotionControls = MotionControls()) throws -> Generators {
        let files = [
            "face_basis": home.file("Models/face-basis.safetensors"), "suhmo": home.file("Models/suhmo.safetensors"),
            "sfms_tokeniser": home.file("Models/sfms-tokeniser.safetensors"),
            "sfms_predictor": home.file("Models/sfms-predictor.safetensors"),
        ]
        func weights(_ name: String) throws -> WeightFile { try WeightFile(path: files[name] ?? "") }
        let basis = try FaceBasis(file: weights("face_basis"))
        var generators = Generators(
            basis: basis, suhmo: try SUHMo(file: weights("suhmo"), basis: basis).controlled(by: controls),
            sfms: try SFMS(tokeniser: weights("sfms_tokeniser"), predictor: weights("sfms_predictor"), basis: basis)
                .controlled(by: controls))
        generators.name = "trained"
        generators.controls = controls
        generators.files = files
        return generators
    }

    /// No generator at all: the person's own face goes through, for tests of what comes after.
    public static func none(in home: Home) throws -> Generators {
        let path = home.file("Models/face-basis.safetensors")
        var generators = Generators(basis: try FaceBasis(path: path), suhmo: nil, sfms: nil)
        generators.files = ["face_basis": path]
        return generators
    }

    /// A frame in all its forms.
    public func portrait(of face: FaceFrame) -> MotionFrame {
        MotionFrame(
            face: face, landmarks: basis.landmarks(of: face),
            distances: LandmarkDistance.measure(basis.shape(of: face)))
    }

    /// The channels of the relaxed face, which every fallback eases to.
    public var neutral: FaceChannels {
        let frame = portrait(of: .neutral)
        return FaceChannels(frame.face, distances: frame.distances)
    }
}
