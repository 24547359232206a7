/// Named distances between landmarks, so that a landmark generator drives servos without a fit as well.
///
/// Each is measured with the head's pose removed, in units of the distance between the outer eye corners (36–45), so
/// that neither the person's size nor the camera's distance matters. "Up" is the head's own.
public enum LandmarkDistance: Int, CaseIterable, Sendable {
    /// Mean opening of the eye lids (38–40, 37–41 right; 43–47, 44–46 left).
    case lidGapLeft, lidGapRight
    /// Height of the brow's middle above the eye's centre.
    case browRaiseLeft, browRaiseRight
    /// Height of the brow's inner end above the inner eye corner.
    case browInnerRaiseLeft, browInnerRaiseRight
    /// Opening of the inner lips, 62–66.
    case mouthGap
    /// Distance between the mouth corners, 48–54.
    case mouthWidth
    /// Height of the mouth corner above the upper lip's and lower lip's mean (51, 57).
    case lipCornerRaiseLeft, lipCornerRaiseRight
    /// Height of the upper lip's middle (51) below the nose base (33), negated: up is positive.
    case upperLipRaise
    /// Drop of the lower lip's middle (57) below the nose base (33).
    case lowerLipDrop
    /// Drop of the chin (8) below the nose base (33).
    case jawDrop
    /// Sideways offset of the chin (8) from the nose base (33) towards the subject's left.
    case jawShift

    /// How many there are: 14.
    public static let count = 14

    /// The name as calibration files write it, for instance `lid_gap_left`.
    public var name: String {
        String(describing: self).reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }

    /// All distances of a face in three dimensions whose pose has been removed (`HeadPose` axes, any unit).
    public static func measure(_ face: borrowing LandmarkFrame) -> InlineArray<14, Float> {
        let points = face.points
        return measure { points[$0] }
    }

    /// All distances of an image's landmarks: the in-plane rotation is removed by the eye line, depth counts as zero.
    public static func measure(_ face: borrowing LandmarkFrame2D) -> InlineArray<14, Float> {
        let points = face.points
        let eyeLine = points[45] - points[36]
        let length = (eyeLine * eyeLine).sum().squareRoot()
        let cosine = length > 0 ? eyeLine.x / length : 1
        let sine = length > 0 ? eyeLine.y / length : 0
        return measure { index in
            let point = points[index]
            return SIMD3(cosine * point.x + sine * point.y, sine * point.x - cosine * point.y, 0)
        }
    }

    private static func measure(_ point: (Int) -> SIMD3<Float>) -> InlineArray<14, Float> {
        func length(_ a: Int, _ b: Int) -> Float {
            let difference = point(a) - point(b)
            return (difference * difference).sum().squareRoot()
        }
        func height(_ indices: Int...) -> Float {
            indices.reduce(Float(0)) { $0 + point($1).y } / Float(indices.count)
        }
        let span = length(36, 45)
        guard span > 0 else { return .init(repeating: 0) }
        let unit = 1 / span
        let lips = height(51, 57)
        var result = InlineArray<14, Float>(repeating: 0)
        result[lidGapLeft.rawValue] = (length(43, 47) + length(44, 46)) / 2 * unit
        result[lidGapRight.rawValue] = (length(37, 41) + length(38, 40)) / 2 * unit
        result[browRaiseLeft.rawValue] = (height(24) - height(42, 45)) * unit
        result[browRaiseRight.rawValue] = (height(19) - height(36, 39)) * unit
        result[browInnerRaiseLeft.rawValue] = (height(22) - height(42)) * unit
        result[browInnerRaiseRight.rawValue] = (height(21) - height(39)) * unit
        result[mouthGap.rawValue] = length(62, 66) * unit
        result[mouthWidth.rawValue] = length(48, 54) * unit
        result[lipCornerRaiseLeft.rawValue] = (height(54) - lips) * unit
        result[lipCornerRaiseRight.rawValue] = (height(48) - lips) * unit
        result[upperLipRaise.rawValue] = (height(51) - height(33)) * unit
        result[lowerLipDrop.rawValue] = (height(33) - height(57)) * unit
        result[jawDrop.rawValue] = (height(33) - height(8)) * unit
        result[jawShift.rawValue] = (point(8).x - point(33).x) * unit
        return result
    }
}
