import FaceKit

/// Frames a second of every weight file: filters, running means and lags of the models are written for it.
let knownFrameRate = 25.0

/// A generator of facial motion: weights and sizes, shared by any number of streams.
///
/// A model is immutable after loading. All that changes from frame to frame lives in its `Stream`, so that one memory-mapped
/// weight file serves a whole room of robots.
public protocol MotionModel: Sendable {
    associatedtype Stream: MotionStream

    /// Frames a second the model was trained at; streams are stepped at this rate.
    var frameRate: Double { get }

    /// A fresh stream at the neutral pose. The same seed and the same persons give the same frames.
    func makeStream(seed: UInt64) -> Stream
}

/// One run of a model: its recurrent state, its rings of past frames and its place in the random sequence.
public protocol MotionStream {
    /// Takes what was heard of the person since the last frame, in the columns that the model's weights want, for the
    /// frame that `next` makes next; nil, or not called, when nothing was. Models without an ear ignore it.
    mutating func hear(_ sound: [Float]?)

    /// Makes the next frame. `person` is what was sensed since the last one, or nil when nobody is there; models without
    /// a driver ignore it.
    mutating func next(person: PersonFrame?) throws -> MotionFrame
}

extension MotionStream {
    public mutating func hear(_ sound: [Float]?) {}
}

/// One generated frame in every form that later boxes read.
public struct MotionFrame: Sendable {
    /// 52 coefficients and the head pose.
    public var face: FaceFrame
    /// 68 landmarks in metres, head pose applied.
    public var landmarks: LandmarkFrame
    /// The landmarks on the image, for models that generate them there (SUHMo).
    public var image: LandmarkFrame2D?
    /// Named distances between landmarks, `LandmarkDistance` order.
    public var distances: InlineArray<14, Float>

    public init(
        face: FaceFrame, landmarks: LandmarkFrame, image: LandmarkFrame2D? = nil, distances: InlineArray<14, Float>
    ) {
        self.face = face
        self.landmarks = landmarks
        self.image = image
        self.distances = distances
    }
}
