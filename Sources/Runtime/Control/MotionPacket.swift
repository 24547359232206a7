import FaceKit

/// Who moves the face.
public enum Driver: UInt8, Sendable, CaseIterable {
    /// Nobody is there: SUHMo idles.
    case idle
    /// A person is there: SFMS listens.
    case listening
    /// No good motion frame came: the face holds, then eases to neutral.
    case fallback
}

/// One motion frame on its way to the control tick, stored inline.
public struct MotionPacket: Sendable {
    /// Index of the motion tick that made it.
    public var index: Int
    public var channels: FaceChannels
    public var driver: Driver
    /// Whether any landmark distance in it was measured on landmarks rather than derived from coefficients.
    public var hasCoefficients: Bool

    public init(index: Int, channels: FaceChannels, driver: Driver, hasCoefficients: Bool = true) {
        self.index = index
        self.channels = channels
        self.driver = driver
        self.hasCoefficients = hasCoefficients
    }
}
