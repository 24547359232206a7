import Behaviour
import FaceFit
import FaceKit
import Motion

/// Blinks and the mirror as a user asks for them, over whatever a generator makes.
public struct Reflexes: Sendable {
    /// What a user may ask for.
    public struct Choice: Sendable, Equatable {
        /// Blinks a minute; nil leaves the lids to the generator.
        public var blinkRate: Double?
        /// How much of the person's expression shows, 0 to 1.
        public var mirrorGain: Float

        public init(blinkRate: Double? = nil, mirrorGain: Float = 0) {
            self.blinkRate = blinkRate
            self.mirrorGain = mirrorGain
        }
    }

    private let basis: FaceBasis
    private let framePeriod: Double
    private var blinks: BlinkGenerator?
    private var mirror: MirrorReflex?
    private var closure: Float = 0
    private var lids = RestingLids()

    /// Nil where nothing was asked for, so that frames stay the generator's own.
    public init?(_ choice: Choice, seed: UInt64, basis: FaceBasis, frameRate: Double) {
        guard choice.blinkRate != nil || choice.mirrorGain > 0 else { return nil }
        self.basis = basis
        framePeriod = 1 / frameRate
        blinks = choice.blinkRate.map { BlinkGenerator(rate: $0, seed: seed) }
        mirror = choice.mirrorGain > 0 ? MirrorReflex(gain: choice.mirrorGain) : nil
    }

    /// Moves on by one frame; `person` is what is sensed now.
    public mutating func step(person: PersonFrame?) {
        closure = blinks?.next(after: framePeriod) ?? 0
        mirror?.step(person: person, after: framePeriod)
    }

    /// The generator's next frame with the reflexes in it, in all its forms.
    public mutating func applied(to frame: MotionFrame) -> MotionFrame {
        var face = frame.face
        mirror?.apply(to: &face)
        if blinks != nil {
            lids.rest(&face, after: framePeriod)
            BlinkGenerator.close(&face, by: closure)
        }
        let shape = basis.shape(of: face)
        let landmarks = FaceBasis.posed(shape, by: face.head)
        return MotionFrame(
            face: face, landmarks: landmarks, image: frame.image.map { _ in basis.project(landmarks) },
            distances: LandmarkDistance.measure(shape))
    }
}
