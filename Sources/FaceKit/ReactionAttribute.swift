/// One of the 25 facial reaction attributes of the REACT challenges, in their order: 15 action units, valence and
/// arousal, eight expressions.
///
/// Action units and expressions run from 0 to 1, valence and arousal from −1 to 1. Source: Song et al., "REACT 2023",
/// and the layout of `reactmultimodalchallenge/baseline_react2024` (slices of 15, 2 and 8).
public enum ReactionAttribute: Int, CaseIterable, Sendable {
    case au1, au2, au4, au6, au7, au9, au10, au12, au14, au15, au17, au23, au24, au25, au26
    case valence, arousal
    case neutral, happy, sad, surprise, fear, disgust, anger, contempt

    /// How many there are: 25.
    public static let count = 25
    /// The action units.
    public static let actionUnits: ArraySlice<ReactionAttribute> = allCases[..<15]
    /// The expressions, whose values are probabilities.
    public static let expressions: ArraySlice<ReactionAttribute> = allCases[17...]

    /// The number in the Facial Action Coding System, for action units.
    public var actionUnit: Int? { rawValue < 15 ? Int(String(describing: self).dropFirst(2)) : nil }
}

/// The 25 reaction attributes of one instant, stored inline.
public struct ReactionFrame: Sendable {
    /// In `ReactionAttribute` order.
    public var values: InlineArray<25, Float>

    @inlinable
    public init(values: InlineArray<25, Float> = .init(repeating: 0)) { self.values = values }

    @inlinable
    public subscript(_ attribute: ReactionAttribute) -> Float {
        get { values[attribute.rawValue] }
        set { values[attribute.rawValue] = newValue }
    }

    /// The action units that a face shows: `actionUnitWeights` times its coefficients, clamped to 0…1. Valence, arousal and
    /// expressions are not told by a linear map and stay 0, as does AU23, which has no blendshape of its own.
    public init(actionUnitsOf face: FaceFrame) {
        self.init()
        for (unit, terms) in Self.actionUnitWeights {
            let sum = terms.reduce(Float(0)) { $0 + face[$1.shape] * $1.weight }
            self[unit] = min(max(sum, 0), 1)
        }
    }

    /// The linear map from coefficients to action units: the two sides' mean, by the shapes that community practice
    /// pairs with each unit. The lips part (AU25) by `jawOpen − mouthClose`.
    public static let actionUnitWeights: [(unit: ReactionAttribute, terms: [(shape: Blendshape, weight: Float)])] = [
        (.au1, [(.browInnerUp, 1)]),
        (.au2, [(.browOuterUpLeft, 0.5), (.browOuterUpRight, 0.5)]),
        (.au4, [(.browDownLeft, 0.5), (.browDownRight, 0.5)]),
        (.au6, [(.cheekSquintLeft, 0.5), (.cheekSquintRight, 0.5)]),
        (.au7, [(.eyeSquintLeft, 0.5), (.eyeSquintRight, 0.5)]),
        (.au9, [(.noseSneerLeft, 0.5), (.noseSneerRight, 0.5)]),
        (.au10, [(.mouthUpperUpLeft, 0.5), (.mouthUpperUpRight, 0.5)]),
        (.au12, [(.mouthSmileLeft, 0.5), (.mouthSmileRight, 0.5)]),
        (.au14, [(.mouthDimpleLeft, 0.5), (.mouthDimpleRight, 0.5)]),
        (.au15, [(.mouthFrownLeft, 0.5), (.mouthFrownRight, 0.5)]),
        (.au17, [(.mouthShrugLower, 0.5), (.mouthShrugUpper, 0.5)]),
        (.au24, [(.mouthPressLeft, 0.5), (.mouthPressRight, 0.5)]),
        (.au25, [(.jawOpen, 1), (.mouthClose, -1)]),
        (.au26, [(.jawOpen, 1)]),
    ]
}
