import FaceKit

/// What the control tick does by itself until the next motion frame comes: reflexes are cheap functions of the newest
/// person and the time, so they need not wait for a motion tick. Stored inline.
///
/// Each channel has a gain of its own: a reflex takes a channel's place in proportion to it, and what a higher layer covers
/// has none left.
public struct ReflexOrders: Sendable {
    /// When the newest blink began, seconds since the run's start.
    public var blinkOnset = -Double.infinity
    /// How much of a blink shows, 0 to 1.
    public var lids: Float = 0
    /// What closed lids change at the landmark distances, against open ones.
    public var closedLids = InlineArray<14, Float>(repeating: 0)
    /// How much of the hold on the person shows, 0 to 1.
    public var hold: Float = 0
    /// The mirror's gain by `Blendshape`, 0 to 1.
    public var mirror = InlineArray<52, Float>(repeating: 0)

    public init() {}
}
