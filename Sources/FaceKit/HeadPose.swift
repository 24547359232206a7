/// The head's rotation and translation in the ARKit face-anchor convention.
///
/// The axes are right-handed: x towards the subject's left, y up, z out of the face. Angles are radians and follow the
/// right-hand rule: positive `yaw` (about y) turns to the subject's left, positive `pitch` (about x) nods down, positive
/// `roll` (about z) tilts the head towards the subject's right shoulder. The rotation matrix is
/// `Ry(yaw) · Rx(pitch) · Rz(roll)`. Translation is metres from the head's rest position.
public struct HeadPose: Sendable, Equatable {
    public var yaw: Float
    public var pitch: Float
    public var roll: Float
    public var x: Float
    public var y: Float
    public var z: Float

    @inlinable
    public init(yaw: Float = 0, pitch: Float = 0, roll: Float = 0, x: Float = 0, y: Float = 0, z: Float = 0) {
        self.yaw = yaw
        self.pitch = pitch
        self.roll = roll
        self.x = x
        self.y = y
        self.z = z
    }

    /// Straight ahead, at rest.
    public static let neutral = HeadPose()
}
