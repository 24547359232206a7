import FaceKit

/// The shape keys and properties of Hanson's rigs by what they mean in ARKit's names.
enum ShapeKey {
    /// A gaze coefficient of 1 is so many radians.
    private static let gaze = 0.52

    /// Channels and how much of each makes one of the key; nil for a key that nobody knows.
    static func channels(_ key: String) -> [(channel: FaceChannel, share: Double)]? {
        let name = key.replacing(":", with: "").lowercased()
        let side = name.hasSuffix(".l") ? "Left" : name.hasSuffix(".r") ? "Right" : nil
        let stem = side == nil ? name : String(name.dropLast(2))
        func both(_ shape: String) -> [(FaceChannel, Double)]? {
            if let channel = FaceChannel(name: shape) { return [(channel, 1)] }
            if let side { return FaceChannel(name: shape + side).map { [($0, 1)] } }
            return ["Left", "Right"].compactMap { FaceChannel(name: shape + $0).map { ($0, 0.5) } }
        }
        /// Opposite coefficients of an angle in radians.
        func angle(_ up: String, _ down: String) -> [(FaceChannel, Double)]? {
            guard let one = FaceChannel(name: up), let other = FaceChannel(name: down) else { return nil }
            return [(one, gaze), (other, -gaze)]
        }
        switch stem {
        case "brow_center_up", "brow_inner_up": return both("browInnerUp")
        case "brow_center_dn", "brow_inner_dn", "brow_outer_dn", "brow_outer_down": return both("browDown")
        case "brow_outer_up": return both("browOuterUp")
        case "eye-blink", "eye-blink.up", "eye-blink.lo": return both("eyeBlink")
        case "eye-flare", "eye-flare.up", "eye-flare.lo": return both("eyeWide")
        case "wince", "eye-squint": return both("eyeSquint")
        case "sneer": return both("noseSneer")
        case "lips-smile": return both("mouthSmile")
        case "lips-frown": return both("mouthFrown")
        case "lips-wide": return both("mouthStretch")
        case "lips-narrow", "pucker": return both("mouthPucker")
        case "lip-up.c.up", "lip-up.up": return both("mouthUpperUp")
        case "lip-dn.c.dn", "lip-dn.dn": return both("mouthLowerDown")
        case "lip-up", "lip-up.l.up", "lip-up.r.up": return both("mouthUpperUp")
        case "jaw", "lip-jaw.dn": return both("jawOpen")
        case "m_eyegazeleftyaw": return angle("eyeLookOutLeft", "eyeLookInLeft")
        case "m_eyegazerightyaw": return angle("eyeLookInRight", "eyeLookOutRight")
        case "m_eyegazeleftpitch": return angle("eyeLookUpLeft", "eyeLookDownLeft")
        case "m_eyegazerightpitch": return angle("eyeLookUpRight", "eyeLookDownRight")
        default: return FaceChannel(name: key).map { [($0, 1)] }
        }
    }
}
