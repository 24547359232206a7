/// The 52 ARKit blendshapes in Apple's canonical order; `rawValue` is the index, the case's name is the name.
///
/// Left and right are the subject's own. Coefficients run from 0 (neutral) to 1 (full). Source: Apple's
/// `ARFaceAnchor.BlendShapeLocation`, the order that Live Link Face and Unreal's `EARFaceBlendShape` share.
public enum Blendshape: Int, CaseIterable, Sendable {
    case eyeBlinkLeft, eyeLookDownLeft, eyeLookInLeft, eyeLookOutLeft, eyeLookUpLeft, eyeSquintLeft, eyeWideLeft
    case eyeBlinkRight, eyeLookDownRight, eyeLookInRight, eyeLookOutRight, eyeLookUpRight, eyeSquintRight, eyeWideRight
    case jawForward, jawLeft, jawRight, jawOpen
    case mouthClose, mouthFunnel, mouthPucker, mouthLeft, mouthRight
    case mouthSmileLeft, mouthSmileRight, mouthFrownLeft, mouthFrownRight
    case mouthDimpleLeft, mouthDimpleRight, mouthStretchLeft, mouthStretchRight
    case mouthRollLower, mouthRollUpper, mouthShrugLower, mouthShrugUpper
    case mouthPressLeft, mouthPressRight, mouthLowerDownLeft, mouthLowerDownRight
    case mouthUpperUpLeft, mouthUpperUpRight
    case browDownLeft, browDownRight, browInnerUp, browOuterUpLeft, browOuterUpRight
    case cheekPuff, cheekSquintLeft, cheekSquintRight, noseSneerLeft, noseSneerRight, tongueOut

    /// How many there are: 52.
    public static let count = 52

    /// The ARKit names in canonical order.
    public static let names: [String] = allCases.map { String(describing: $0) }

    private static let byLowercasedName = Dictionary(
        uniqueKeysWithValues: allCases.map { (String(describing: $0).lowercased(), $0) })

    /// The ARKit name, for instance `mouthSmileLeft`.
    public var name: String { Self.names[rawValue] }

    /// The blendshape of that name, whatever its capitals (`JawOpen` and `jawOpen` are one).
    public init?(name: String) {
        guard let found = Self.byLowercasedName[name.lowercased()] else { return nil }
        self = found
    }
}
