import FaceKit

/// A landmark solver: 68 landmarks in, head pose and coefficients out.
///
/// It is a value with the memory of one face: each fit starts from the last one's expression, so that a track costs
/// little and gives the same numbers every time it is run. Coefficients that landmarks cannot show stay 0
/// (`FaceBasis.excluded`). After a failed fit it goes on from the last good one.
public struct FaceFitter: Sendable {
    /// What the fit expects of landmarks.
    public struct Options: Sendable {
        /// Expected error of a landmark, metres on the face: model and detector together. The larger, the more each
        /// coefficient is drawn to 0.
        public var landmarkError = 0.0012
        /// Most Gauss-Newton steps a fit takes.
        public var mostSteps = 8
        /// Metres from the camera at which a face has the basis' image scale: it turns size on the image into `z`.
        public var cameraDistance = 0.6

        public init() {}
    }

    /// Why landmarks have no fit.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        /// A coordinate of that landmark is NaN or infinite.
        case notFinite(landmark: Int)
        /// All points on one spot or one line, or too far from a face to have a pose.
        case degenerate
        /// A calibration without frames.
        case noFrames

        public var description: String {
            switch self {
            case .notFinite(let landmark): "landmark \(landmark) is not finite, expected 68 finite points"
            case .degenerate: "the landmarks have no pose, expected the 68 points of a face"
            case .noFrames: "no frames to calibrate from, expected at least one"
            }
        }
    }

    /// The basis, with the person's neutral face once calibrated.
    public private(set) var basis: FaceBasis
    /// Weighted root mean square of the last fit's distances, metres on the face.
    public private(set) var residual: Float = 0
    /// The last fit's scale: image units, or metres, per metre of the basis.
    public private(set) var scale: Float = 1
    public let options: Options

    private var flat: FitProblem
    private var spatial: FitProblem

    public init(basis: FaceBasis, options: Options = Options()) {
        self.basis = basis
        self.options = options
        flat = FitProblem(basis: basis, dimension: 2, options: options)
        spatial = FitProblem(basis: basis, dimension: 3, options: options)
    }

    /// The next fit starts from the neutral face, as the first did.
    public mutating func reset() {
        flat.forget()
        spatial.forget()
    }

    /// Fits landmarks on the image. `x` and `y` are metres at the fitted scale from the image's middle; `z` follows from
    /// the scale against the basis' own.
    public mutating func fit(_ image: LandmarkFrame2D) throws(Error) -> FaceFrame {
        load(image)
        try flat.solve(mostSteps: options.mostSteps)
        residual = Float(flat.residual)
        scale = Float(flat.pose.scale)
        var frame = flat.frame
        let size = flat.pose.scale
        frame.head.x = Float(flat.pose.offset.x / size)
        frame.head.y = Float(flat.pose.offset.y / size)
        frame.head.z = Float(options.cameraDistance * (1 - Double(basis.imageScale) / size))
        return frame
    }

    /// Fits landmarks in space, metres. A face of another size than the basis' is scaled, not moved.
    public mutating func fit(_ landmarks: LandmarkFrame) throws(Error) -> FaceFrame {
        load(landmarks)
        try spatial.solve(mostSteps: options.mostSteps)
        residual = Float(spatial.residual)
        scale = Float(spatial.pose.scale)
        return spatial.frame
    }

    /// Learns a person's neutral face from images of it at rest: identity components first, then what they leave.
    public mutating func calibrateNeutral(images frames: [LandmarkFrame2D]) throws(Error) {
        try calibrate(frames, \.flat, dimension: 2) { $0.load($1) }
    }

    /// Learns a person's neutral face from landmarks in space of it at rest.
    public mutating func calibrateNeutral(landmarks frames: [LandmarkFrame]) throws(Error) {
        try calibrate(frames, \.spatial, dimension: 3) { $0.load($1) }
    }

    private mutating func load(_ image: LandmarkFrame2D) {
        for i in 0..<LandmarkFrame.count {
            flat.points[i] = SIMD3(Double(image[i].x) - 0.5, 0.5 - Double(image[i].y), 0)
        }
    }

    private mutating func load(_ landmarks: LandmarkFrame) {
        for i in 0..<LandmarkFrame.count { spatial.points[i] = SIMD3<Double>(landmarks[i]) }
    }

    /// Runs the pose-only fit of every frame a few times; each time the neutral face takes over what was left.
    private mutating func calibrate<Frame>(
        _ frames: [Frame], _ problem: WritableKeyPath<FaceFitter, FitProblem>, dimension: Int,
        load: (inout FaceFitter, Frame) -> Void
    ) throws(Error) {
        guard !frames.isEmpty else { throw .noFrames }
        var trial = self
        var estimate = NeutralEstimate(basis: basis, dimension: dimension, error: options.landmarkError)
        for round in 0..<4 {
            estimate.begin()
            for frame in frames {
                load(&trial, frame)
                try trial[keyPath: problem].solve(mostSteps: options.mostSteps, poseOnly: true)
                estimate.add(trial[keyPath: problem])
            }
            let neutral = estimate.finish(identityOnly: round < 2)
            trial.flat.setNeutral(neutral)
            trial.spatial.setNeutral(neutral)
            trial.basis = trial.basis.with(neutral: neutral)
        }
        trial.reset()
        self = trial
    }
}
