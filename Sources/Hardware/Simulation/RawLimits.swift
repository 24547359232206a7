import Actuation

/// What one servo may be asked for, in its bus' raw unit and seconds: position, velocity, acceleration and jerk.
public struct RawLimits: Equatable, Sendable {
    public var minimum, maximum: Double
    public var velocity, acceleration, jerk: Double
    /// The step that targets are rounded to on their way.
    public var step: Double

    /// The limits of an actuator as they look on its bus.
    public init(_ actuator: Actuator) {
        let scale = actuator.scale.radiansPerUnit
        self.init(
            minimum: actuator.lowestRaw, maximum: actuator.highestRaw, velocity: actuator.limits.velocity / scale,
            acceleration: actuator.limits.acceleration / scale, jerk: actuator.limits.jerk / scale,
            step: actuator.scale.step)
    }

    public init(
        minimum: Double, maximum: Double, velocity: Double, acceleration: Double, jerk: Double, step: Double = 0.25
    ) {
        self.step = step
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
