import Behaviour
import FaceKit

/// Who moves the face.
public enum Driver: UInt8, Sendable, CaseIterable {
    /// Nobody is there: SUHMo idles.
    case idle
    /// A person is there: SFMS listens.
    case listening
    /// No good motion frame came: the face holds, then eases to neutral.
    case fallback
    /// The run ends: the face eases to neutral.
    case settling
}

/// One motion frame on its way to the control tick, stored inline.
public struct MotionPacket: Sendable {
    /// Index of the motion tick that made it.
    public var index: Int
    public var channels: FaceChannels
    public var driver: Driver
    /// How much of the face was generated as landmarks rather than as coefficients, 0 to 1: the retargeter reads the
    /// form that the generator made.
    public var landmarkShare: Float
    /// Whether it shows what a generator made: a living one never makes the same frame again and again, but a face that
    /// was asked to be still does.
    public var isGenerated: Bool
    /// What the control tick does by itself until the next frame, and the person it does that before.
    public var orders = ReflexOrders()
    public var person: PersonFrame?

    public init(
        index: Int, channels: FaceChannels, driver: Driver, landmarkShare: Float = 0,
        isGenerated: Bool = true
    ) {
        self.index = index
        self.channels = channels
        self.driver = driver
        self.landmarkShare = landmarkShare
        self.isGenerated = isGenerated
    }

    /// The relaxed face, as a slot's first content.
    public static func neutral(_ channels: FaceChannels) -> MotionPacket {
        MotionPacket(index: -1, channels: channels, driver: .idle)
    }
}
