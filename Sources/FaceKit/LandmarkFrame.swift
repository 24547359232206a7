/// 68 landmarks in iBUG order, in three dimensions: the jaw line 0–16 from the subject's right ear to the left, brows
/// 17–26, nose 27–35, right eye 36–41, left eye 42–47, outer lip 48–59, inner lip 60–67.
///
/// Metres in the axes of `HeadPose` unless a producer says otherwise.
public struct LandmarkFrame: Sendable {
    /// How many points there are: 68.
    public static let count = 68

    public var points: InlineArray<68, SIMD3<Float>>

    @inlinable
    public init(points: InlineArray<68, SIMD3<Float>> = .init(repeating: .zero)) { self.points = points }

    @inlinable
    public subscript(_ index: Int) -> SIMD3<Float> {
        get { points[index] }
        set { points[index] = newValue }
    }
}

/// 68 landmarks in iBUG order on an image: x to the viewer's right (the subject's left), y down, both in units of the
/// side of the square image, so that a face that fits it lies in 0…1 (SUHMo §1.1).
public struct LandmarkFrame2D: Sendable {
    public var points: InlineArray<68, SIMD2<Float>>

    @inlinable
    public init(points: InlineArray<68, SIMD2<Float>> = .init(repeating: .zero)) { self.points = points }

    @inlinable
    public subscript(_ index: Int) -> SIMD2<Float> {
        get { points[index] }
        set { points[index] = newValue }
    }

    /// Index of each landmark's mirror image, for flips: a flipped face is re-indexed with it, or left becomes right.
    public static let mirrored: [Int] = [
        16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
        26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31,
        45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
        54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65,
    ]
}
