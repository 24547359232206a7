/// What is sensed of one person at one instant: whatever the source has, and which of it that is.
///
/// A value whose channel is not in `sensed` means nothing; a missing column of a file is a channel not sensed.
public struct PersonFrame: Sendable {
    /// Seconds since the source's start.
    public var time: Double
    /// Coefficients and head pose; only the channels in `sensed` count.
    public var face: FaceFrame
    /// Movement of head and upper body, in the source's unit (changed pixels in the dyad recordings).
    public var motionEnergy: Float
    /// Where the person looks on the screen: 1 left, 2 middle, 3 right, as the dyad recordings have it.
    public var gazeRegion: Float
    /// Voice activity, 0 to 1.
    public var voice: Float
    /// Pitch of the voice, Hz.
    public var voicePitch: Float
    public var sensed: SensedChannels

    public init(
        time: Double = 0, face: FaceFrame = .neutral, motionEnergy: Float = 0, gazeRegion: Float = 0,
        voice: Float = 0, voicePitch: Float = 0, sensed: SensedChannels = []
    ) {
        self.time = time
        self.face = face
        self.motionEnergy = motionEnergy
        self.gazeRegion = gazeRegion
        self.voice = voice
        self.voicePitch = voicePitch
        self.sensed = sensed
    }

    /// A person is there as soon as anything of them is sensed.
    public var isPresent: Bool { !sensed.isEmpty }
}

/// The set of channels that a source senses: bit 0–51 the blendshapes, then the six head values and four more.
public struct SensedChannels: OptionSet, Sendable {
    public let rawValue: UInt64
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The one channel of a blendshape.
    public init(_ shape: Blendshape) { rawValue = 1 << UInt64(shape.rawValue) }

    public static let allBlendshapes = SensedChannels(rawValue: (1 << 52) - 1)
    public static let headYaw = SensedChannels(rawValue: 1 << 52)
    public static let headPitch = SensedChannels(rawValue: 1 << 53)
    public static let headRoll = SensedChannels(rawValue: 1 << 54)
    public static let headX = SensedChannels(rawValue: 1 << 55)
    public static let headY = SensedChannels(rawValue: 1 << 56)
    public static let headZ = SensedChannels(rawValue: 1 << 57)
    public static let motionEnergy = SensedChannels(rawValue: 1 << 58)
    public static let gazeRegion = SensedChannels(rawValue: 1 << 59)
    public static let voice = SensedChannels(rawValue: 1 << 60)
    public static let voicePitch = SensedChannels(rawValue: 1 << 61)

    public static let headRotation: SensedChannels = [.headYaw, .headPitch, .headRoll]
    public static let headTranslation: SensedChannels = [.headX, .headY, .headZ]
}
