/// What one actuator may do: the range of its position and the most that velocity, acceleration and jerk may be.
///
/// Radians, and radians per second to the first, second and third power. All hold together, at every tick, on the
/// finite differences of the output.
public struct MotionLimits: Sendable, Equatable {
    /// Lowest position, rad.
    public let lower: Double
    /// Highest position, rad; at least `lower`.
    public let upper: Double
    /// Largest speed, rad/s; above 0.
    public let velocity: Double
    /// Largest acceleration, rad/s²; above 0.
    public let acceleration: Double
    /// Largest jerk, rad/s³; above 0.
    public let jerk: Double

    /// Nil when a number is not finite, the range is reversed, or a rate is not above 0.
    public init?(lower: Double, upper: Double, velocity: Double, acceleration: Double, jerk: Double) {
        guard lower.isFinite, upper.isFinite, lower <= upper else { return nil }
        for rate in [velocity, acceleration, jerk] where !(rate > 0 && rate.isFinite) { return nil }
        self.lower = lower
        self.upper = upper
        self.velocity = velocity
        self.acceleration = acceleration
        self.jerk = jerk
    }
}
