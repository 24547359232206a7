/// One of the numbers that a calibration may draw on: a coefficient, a head value, or a named landmark distance.
///
/// `rawValue` is the index into `FaceChannels`: 0–51 the blendshapes, 52–57 the head, then `LandmarkDistance`.
public struct FaceChannel: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int

    public init?(rawValue: Int) {
        guard (0..<FaceChannels.count).contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    public init(_ shape: Blendshape) { rawValue = shape.rawValue }
    public init(_ distance: LandmarkDistance) { rawValue = FaceChannels.firstDistance + distance.rawValue }

    /// The names of the head values, in order; the unit is in the name.
    public static let headNames = [
        "head_yaw_rad", "head_pitch_rad", "head_roll_rad", "head_x_m", "head_y_m", "head_z_m",
    ]

    /// All names in index order.
    public static let names: [String] = Blendshape.names + headNames + LandmarkDistance.allCases.map(\.name)

    private static let byName = Dictionary(uniqueKeysWithValues: zip(names, names.indices))

    /// The channel of that exact name.
    public init?(name: String) {
        guard let index = Self.byName[name] else { return nil }
        rawValue = index
    }

    public var name: String { Self.names[rawValue] }
}

/// The values of all face channels at one instant, stored inline: what the control tick interpolates and calibration
/// maps to servos.
public struct FaceChannels: Sendable {
    /// Index of the first head value.
    public static let firstHead = 52
    /// Index of the first landmark distance.
    public static let firstDistance = 58
    /// How many there are: 58 + 14.
    public static let count = 72

    public var values: InlineArray<72, Float>

    @inlinable
    public init(values: InlineArray<72, Float> = .init(repeating: 0)) { self.values = values }

    /// The channels of a frame and of the distances measured beside it.
    @inlinable
    public init(_ frame: FaceFrame, distances: InlineArray<14, Float>) {
        values = .init(repeating: 0)
        for index in 0..<52 { values[index] = frame.coefficients[index] }
        values[52] = frame.head.yaw
        values[53] = frame.head.pitch
        values[54] = frame.head.roll
        values[55] = frame.head.x
        values[56] = frame.head.y
        values[57] = frame.head.z
        for index in 0..<14 { values[58 + index] = distances[index] }
    }

    @inlinable
    public subscript(_ channel: FaceChannel) -> Float {
        get { values[channel.rawValue] }
        set { values[channel.rawValue] = newValue }
    }
}

extension FaceFrame {
    /// The coefficients and the head of a frame's channels.
    @inlinable
    public init(_ channels: FaceChannels) {
        self.init()
        for index in 0..<52 { coefficients[index] = channels.values[index] }
        head = HeadPose(
            yaw: channels.values[52], pitch: channels.values[53], roll: channels.values[54], x: channels.values[55],
            y: channels.values[56], z: channels.values[57])
    }
}
