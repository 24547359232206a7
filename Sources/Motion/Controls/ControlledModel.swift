import FaceFit
import FaceKit

/// A model whose frames are moved away from the neutral, or towards it, by a factor.
public struct ControlledModel<Base: MotionModel>: MotionModel {
    public let base: Base
    fileprivate let intensity: Float
    fileprivate let neutral: FaceFrame
    fileprivate let basis: FaceBasis

    init(base: Base, intensity: Float, neutral: FaceFrame, basis: FaceBasis) {
        self.base = base
        self.intensity = intensity
        self.neutral = neutral
        self.basis = basis
    }

    public var frameRate: Double { base.frameRate }

    public func makeStream(seed: UInt64) -> Stream { Stream(model: self, base: base.makeStream(seed: seed)) }

    /// A stream of the model; at intensity 1 its frames are the base's own.
    public struct Stream: MotionStream {
        fileprivate let model: ControlledModel
        fileprivate var base: Base.Stream

        public mutating func hear(_ sound: [Float]?) { base.hear(sound) }

        public mutating func next(person: PersonFrame?) throws -> MotionFrame {
            let frame = try base.next(person: person)
            guard model.intensity != 1 else { return frame }
            let face = frame.face.scaled(around: model.neutral, by: model.intensity)
            let shape = model.basis.shape(of: face)
            let landmarks = FaceBasis.posed(shape, by: face.head)
            return MotionFrame(
                face: face, landmarks: landmarks, image: frame.image.map { _ in model.basis.project(landmarks) },
                distances: LandmarkDistance.measure(shape))
        }
    }
}

extension FaceFrame {
    private static let lids = [Blendshape.eyeBlinkLeft, .eyeBlinkRight].map(\.rawValue)

    /// The frame with every deviation from another times a factor; coefficients stay within 0 to 1. Lids close as they do,
    /// for a blink is no expression: only at 0, where nothing moves, they do not.
    func scaled(around centre: FaceFrame, by factor: Float) -> FaceFrame {
        func moved(_ value: Float, _ middle: Float) -> Float { middle + factor * (value - middle) }
        var result = self
        for index in 0..<Blendshape.count where factor == 0 || !Self.lids.contains(index) {
            result.coefficients[index] = min(max(moved(coefficients[index], centre.coefficients[index]), 0), 1)
        }
        result.head = HeadPose(
            yaw: moved(head.yaw, centre.head.yaw), pitch: moved(head.pitch, centre.head.pitch),
            roll: moved(head.roll, centre.head.roll), x: moved(head.x, centre.head.x),
            y: moved(head.y, centre.head.y), z: moved(head.z, centre.head.z))
        return result
    }
}
