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
    public let suhmo: (any MotionModel)?
    /// The listener, nil for none.
    public let sfms: (any MotionModel)?

    /// Frames a second at which motion ticks.
    public static let frameRate = 25.0

    public init(basis: FaceBasis, suhmo: (any MotionModel)?, sfms: (any MotionModel)?) {
        self.basis = basis
        self.suhmo = suhmo
        self.sfms = sfms
    }

    /// The models that ship with Mien, as a user wants them.
    public static func trained(in home: Home, controls: MotionControls = MotionControls()) throws -> Generators {
        let basis = try FaceBasis(path: home.file("Models/face-basis.safetensors"))
        return Generators(
            basis: basis,
            suhmo: try SUHMo(file: WeightFile(path: home.file("Models/suhmo.safetensors")), basis: basis)
                .controlled(by: controls),
            sfms: try SFMS(
                tokeniser: WeightFile(path: home.file("Models/sfms-tokeniser.safetensors")),
                predictor: WeightFile(path: home.file("Models/sfms-predictor.safetensors")), basis: basis
            ).controlled(by: controls))
    }

    /// No generator at all: the person's own face goes through, for tests of what comes after.
    public static func none(in home: Home) throws -> Generators {
        Generators(basis: try FaceBasis(path: home.file("Models/face-basis.safetensors")), suhmo: nil, sfms: nil)
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
