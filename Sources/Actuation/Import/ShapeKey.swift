import FaceKit

/// Which way the eyes look when a motor file's gaze angles are positive: no such file says so, and rigs differ.
public struct GazeSigns: Sendable, Equatable {
    /// The subject's own left or right.
    public enum Yaw: String, Sendable, CaseIterable { case left, right }
    public enum Pitch: String, Sendable, CaseIterable { case up, down }

    /// Nil where nobody said.
    public var yaw: Yaw?
    public var pitch: Pitch?

    public init(yaw: Yaw? = nil, pitch: Pitch? = nil) {
        self.yaw = yaw
        self.pitch = pitch
    }
}

/// The shape keys and properties of Hanson's rigs by what they mean in ARKit's names.
enum ShapeKey {
    /// A gaze coefficient of 1 is so many radians.
    private static let gazeRange = 0.52

    /// What must be said before a key means anything; nil for a key that speaks for itself.
    static func question(_ key: String, _ gaze: GazeSigns) -> String? {
        let name = key.replacing(":", with: "").lowercased()
        if name.hasPrefix("m_eyegaze"), name.hasSuffix("yaw"), gaze.yaw == nil {
            return "--gaze-yaw left or right: where the eyes look, as the subject has it, when \(key) is positive"
        }
        if name.hasPrefix("m_eyegaze"), name.hasSuffix("pitch"), gaze.pitch == nil {
            return "--gaze-pitch up or down: where the eyes look when \(key) is positive"
        }
        return nil
    }

    /// Channels and how much of each makes one of the key; nil for a key that nobody knows.
    static func channels(_ key: String, _ gaze: GazeSigns) -> [(channel: FaceChannel, share: Double)]? {
        let name = key.replacing(":", with: "").lowercased()
        let side = name.hasSuffix(".l") ? "Left" : name.hasSuffix(".r") ? "Right" : nil
        let stem = side == nil ? name : String(name.dropLast(2))
        func both(_ shape: String) -> [(FaceChannel, Double)]? {
            if let channel = FaceChannel(name: shape) { return [(channel, 1)] }
            if let side { return FaceChannel(name: shape + side).map { [($0, 1)] } }
            return ["Left", "Right"].compactMap { FaceChannel(name: shape + $0).map { ($0, 0.5) } }
        }
        /// Opposite coefficients of an angle in radians.
        func angle(_ up: String, _ down: String, _ isTurned: Bool) -> [(FaceChannel, Double)]? {
            guard let one = FaceChannel(name: up), let other = FaceChannel(name: down) else { return nil }
            return [(one, isTurned ? -gazeRange : gazeRange), (other, isTurned ? gazeRange : -gazeRange)]
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
        case "m_eyegazeleftyaw": return angle("eyeLookOutLeft", "eyeLookInLeft", gaze.yaw == .right)
        case "m_eyegazerightyaw": return angle("eyeLookInRight", "eyeLookOutRight", gaze.yaw == .right)
        case "m_eyegazeleftpitch": return angle("eyeLookUpLeft", "eyeLookDownLeft", gaze.pitch == .down)
        case "m_eyegazerightpitch": return angle("eyeLookUpRight", "eyeLookDownRight", gaze.pitch == .down)
        default: return FaceChannel(name: key).map { [($0, 1)] }
        }
    }
}
