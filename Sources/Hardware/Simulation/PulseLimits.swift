/// What one servo may be asked for, in pulses: position, velocity, acceleration and jerk.
public struct PulseLimits: Equatable, Sendable {
    /// µs.
    public var minimum: Double
    /// µs.
    public var maximum: Double
    /// µs/s.
    public var velocity: Double
    /// µs/s².
    public var acceleration: Double
    /// µs/s³.
    public var jerk: Double

    public init(minimum: Double, maximum: Double, velocity: Double, acceleration: Double, jerk: Double) {
        self.minimum = minimum
        self.maximum = maximum
        self.velocity = velocity
        self.acceleration = acceleration
        self.jerk = jerk
    }
}

/// Limit violations counted from received bytes, by what was broken.
public struct ViolationCounts: Equatable, Sendable, Codable {
    public var position = 0
    public var velocity = 0
    public var acceleration = 0
    public var jerk = 0

    public init() {}

    public var total: Int { position + velocity + acceleration + jerk }
}
