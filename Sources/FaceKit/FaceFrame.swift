/// One face at one instant: 52 ARKit coefficients and the head's pose, 58 numbers stored inline.
///
/// The shape of the papers' 3DMM frame (SFMS §2.1: 52 + 3 angles + 3 translation), but always matched by name:
/// FaceVerse's order differs. A `FaceFrame` owns no heap memory, so the control tick may copy it freely.
public struct FaceFrame: Sendable {
    /// Coefficients in `Blendshape` order, 0 to 1.
    public var coefficients: InlineArray<52, Float>
    public var head: HeadPose

    @inlinable
    public init(coefficients: InlineArray<52, Float> = .init(repeating: 0), head: HeadPose = .neutral) {
        self.coefficients = coefficients
        self.head = head
    }

    /// The relaxed face, straight ahead.
    public static let neutral = FaceFrame()

    @inlinable
    public subscript(_ shape: Blendshape) -> Float {
        get { coefficients[shape.rawValue] }
        set { coefficients[shape.rawValue] = newValue }
    }

    /// Whether all 58 numbers are finite.
    @inlinable
    public var isFinite: Bool {
        var sum: Float = 0
        for index in 0..<52 { sum += coefficients[index] * 0 }
        sum += (head.yaw + head.pitch + head.roll + head.x + head.y + head.z) * 0
        return sum == 0
    }
}

extension FaceFrame: Equatable {
    @inlinable
    public static func == (lhs: FaceFrame, rhs: FaceFrame) -> Bool {
        guard lhs.head == rhs.head else { return false }
        for index in 0..<52 where lhs.coefficients[index] != rhs.coefficients[index] { return false }
        return true
    }
}
