/// One of the 62 numbers that may be sensed of a person, and that a track's file may have a column for.
///
/// `rawValue` is the bit in `SensedChannels`: 0–51 the blendshapes, 52–57 the head, then motion energy, gaze region,
/// voice and its pitch.
public struct TrackColumn: RawRepresentable, Hashable, Sendable {
    public let rawValue: Int

    public init?(rawValue: Int) {
        guard Self.names.indices.contains(rawValue) else { return nil }
        self.rawValue = rawValue
    }

    private init(index: Int) { rawValue = index }

    public init(_ shape: Blendshape) { rawValue = shape.rawValue }

    public static let headYaw = TrackColumn(index: 52)
    public static let headPitch = TrackColumn(index: 53)
    public static let headRoll = TrackColumn(index: 54)
    public static let headX = TrackColumn(index: 55)
    public static let headY = TrackColumn(index: 56)
    public static let headZ = TrackColumn(index: 57)
    public static let motionEnergy = TrackColumn(index: 58)
    public static let gazeRegion = TrackColumn(index: 59)
    public static let voice = TrackColumn(index: 60)
    public static let voicePitch = TrackColumn(index: 61)

    /// The names of all columns in canonical order; the unit is in the name.
    public static let names: [String] =
        Blendshape.names + FaceChannel.headNames + ["motion_energy", "gaze_region", "voice", "voice_pitch_hz"]

    /// All columns in canonical order.
    public static let all: [TrackColumn] = names.indices.map { TrackColumn(index: $0) }

    private static let byLowercasedName = Dictionary(uniqueKeysWithValues: zip(names.map { $0.lowercased() }, all))

    /// The column of that name, whatever its capitals.
    public init?(name: String) {
        guard let found = Self.byLowercasedName[name.lowercased()] else { return nil }
        self = found
    }

    public var name: String { Self.names[rawValue] }

    /// The unit as people read it, with the numbers that make sense in it.
    var range: (values: ClosedRange<Double>, meaning: String) {
        switch rawValue {
        case 52...54: (-Double.pi...Double.pi, "radians from -3.142 to 3.142")
        case 55...57: (-10...10, "metres from -10 to 10")
        case 58: (0...1e9, "changed pixels, 0 or more")
        case 59: (0...9, "a region's number, 1 to 3")
        case 61: (0...2000, "hertz from 0 to 2000")
        default: (-0.5...2, "a number from 0 to 1")
        }
    }

    /// Whether values a little outside 0…1 are taken as 0 or 1: trackers overshoot.
    var isClamped: Bool { rawValue < 52 || rawValue == 60 }
}

extension SensedChannels {
    /// The set with this one column.
    public init(_ column: TrackColumn) { self.init(rawValue: 1 << UInt64(column.rawValue)) }

    /// The columns in the set, in canonical order.
    public var columns: [TrackColumn] { TrackColumn.all.filter { contains(SensedChannels($0)) } }

    /// Blendshapes and head pose: all that a generated face has.
    public static let face: SensedChannels = [.allBlendshapes, .headRotation, .headTranslation]
}

extension PersonFrame {
    /// The stored number of a column; whether it was sensed is in `sensed`.
    public subscript(_ column: TrackColumn) -> Float {
        get {
            switch column.rawValue {
            case 52: face.head.yaw
            case 53: face.head.pitch
            case 54: face.head.roll
            case 55: face.head.x
            case 56: face.head.y
            case 57: face.head.z
            case 58: motionEnergy
            case 59: gazeRegion
            case 60: voice
            case 61: voicePitch
            default: face.coefficients[column.rawValue]
            }
        }
        set {
            switch column.rawValue {
            case 52: face.head.yaw = newValue
            case 53: face.head.pitch = newValue
            case 54: face.head.roll = newValue
            case 55: face.head.x = newValue
            case 56: face.head.y = newValue
            case 57: face.head.z = newValue
            case 58: motionEnergy = newValue
            case 59: gazeRegion = newValue
            case 60: voice = newValue
            case 61: voicePitch = newValue
            default: face.coefficients[column.rawValue] = newValue
            }
        }
    }

    /// The sensed number of a column, or nil when it was not sensed.
    public func value(_ column: TrackColumn) -> Float? {
        sensed.contains(SensedChannels(column)) ? self[column] : nil
    }

    /// Stores a number as sensed.
    public mutating func sense(_ column: TrackColumn, _ value: Float) {
        self[column] = value
        sensed.insert(SensedChannels(column))
    }
}
