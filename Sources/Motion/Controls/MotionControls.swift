/// What a user may turn on a generator, each around what it does by itself.
public struct MotionControls: Sendable, Equatable {
    /// Size of expression and head motion around the neutral: 0 is still, 1 as generated, 2 twice that.
    public var intensity: Float
    /// How much chance there is, from 0, calm, over 1, as shipped, to 2: of SFMS the temperature at which the codes of
    /// keyframes are drawn, while keyframes come as often as ever; of SUHMo the spread of what its runs start from.
    public var liveliness: Float

    /// What both may be.
    public static let range: ClosedRange<Float> = 0...2

    /// A factor that is `least` at liveliness 0, 1 at 1, and beyond that the liveliness.
    static func scale(_ liveliness: Float, from least: Float) -> Float {
        liveliness < 1 ? least + (1 - least) * liveliness : liveliness
    }

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
        model.idling = idling.spread(by: MotionControls.scale(controls.liveliness, from: Idling.leastSpread))
        return ControlledModel(base: model, intensity: controls.intensity, neutral: referenceFace, basis: basis)
    }
}

extension SUHMo.Idling {
    /// The least spread, as a share of the shipped one: runs that all begin at the reference swing to one side.
    static let leastSpread: Float = 0.4

    /// The same with all that a run draws but its length spread around its middle by a factor.
    func spread(by factor: Float) -> SUHMo.Idling {
        var result = self
        let middle = (faceHeight.lowerBound + faceHeight.upperBound) / 2
        let reach = min(factor * (faceHeight.upperBound - middle), middle - Self.leastHeight)
        result.faceHeight = middle - reach...middle + reach
        result.shift *= factor
        result.velocity *= factor
        result.starts = starts.map { $0.map { factor * $0 } }
        return result
    }
}

extension SFMS {
    /// The least temperature of codes: below it a face's blocks look so alike that it shivers at their rate, 6 Hz.
    static let leastCodeTemperature: Float = 0.6

    /// The listener as a user wants it; its neutral is the relaxed face, straight ahead.
    public func controlled(by controls: MotionControls) -> ControlledModel<SFMS> {
        var model = self
        model.sampling.codeTemperature = MotionControls.scale(controls.liveliness, from: SFMS.leastCodeTemperature)
        return ControlledModel(base: model, intensity: controls.intensity, neutral: .neutral, basis: basis)
    }
}
