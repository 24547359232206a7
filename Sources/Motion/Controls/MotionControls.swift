/// What a user may turn on a generator, each around what it does by itself.
public struct MotionControls: Sendable, Equatable {
    /// Size of expression and head motion around the neutral: 0 is still, 1 as generated, 2 twice that.
    public var intensity: Float
    /// How much chance there is: of SFMS the sampling temperature, of SUHMo the spread of what a run starts from, each
    /// times this. 0 is the likeliest, 1 as shipped.
    public var liveliness: Float

    /// What both may be.
    public static let range: ClosedRange<Float> = 0...2

    public init(intensity: Float = 1, liveliness: Float = 1) {
        precondition(Self.range.contains(intensity) && Self.range.contains(liveliness))
        self.intensity = intensity
        self.liveliness = liveliness
    }
}

extension SUHMo {
    /// The idler as a user wants it; its neutral is the face that it idles around.
    public func controlled(by controls: MotionControls) -> ControlledModel<SUHMo> {
        var model = self
        model.idling = idling.spread(by: controls.liveliness)
        return ControlledModel(base: model, intensity: controls.intensity, neutral: referenceFace, basis: basis)
    }
}

extension SUHMo.Idling {
    /// The same with all that a run draws but its length spread around its middle by a factor.
    func spread(by factor: Float) -> SUHMo.Idling {
        var result = self
        let middle = (faceHeight.lowerBound + faceHeight.upperBound) / 2
        let reach = factor * (faceHeight.upperBound - middle)
        result.faceHeight = middle - reach...middle + reach
        result.shift *= factor
        result.velocity *= factor
        result.starts = starts.map { $0.map { factor * $0 } }
        return result
    }
}

extension SFMS {
    /// The listener as a user wants it; its neutral is the relaxed face, straight ahead.
    public func controlled(by controls: MotionControls) -> ControlledModel<SFMS> {
        var model = self
        model.sampling.temperature *= controls.liveliness
        model.sampling.otherTemperature *= controls.liveliness
        return ControlledModel(base: model, intensity: controls.intensity, neutral: .neutral, basis: basis)
    }
}
