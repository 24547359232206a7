/// One servo: where it hangs, how far and how fast it may go, and how the bus' raw values map to angles.
///
/// Positions are radians; on hobby servos that angle is nominal, for none says where it stands.
public struct Actuator: Sendable, Equatable {
    public let name: String
    /// Index into `RobotDescription.buses`.
    public let bus: Int
    /// Channel, pin, motor number or id on that bus.
    public let channel: Int
    /// The servo's make, where the bus has several.
    public let model: ServoModel?
    public let scale: ServoScale
    /// Raw limits and the raw value of the relaxed face. Neutral is often far from the middle.
    public let lowestRaw, neutralRaw, highestRaw: Double
    /// The raw value at which the actuator rests safely.
    public let safeRaw: Double
    /// Limits in radians and seconds.
    public let limits: MotionLimits

    public init(
        name: String, bus: Int, channel: Int, model: ServoModel? = nil, scale: ServoScale, lowestRaw: Double,
        neutralRaw: Double, highestRaw: Double, safeRaw: Double, limits: MotionLimits
    ) {
        self.name = name
        self.bus = bus
        self.channel = channel
        self.model = model
        self.scale = scale
        self.lowestRaw = lowestRaw
        self.neutralRaw = neutralRaw
        self.highestRaw = highestRaw
        self.safeRaw = safeRaw
        self.limits = limits
    }

    /// Raw values within the limits.
    public var rawRange: ClosedRange<Double> { lowestRaw...highestRaw }
    /// Position of the relaxed face, rad.
    public var neutral: Double { scale.radians(ofRaw: neutralRaw) }
    /// Position of safe rest, rad.
    public var safe: Double { scale.radians(ofRaw: safeRaw) }
    /// The smallest step the bus can command, rad.
    public var positionStep: Double { scale.step * scale.radiansPerUnit }

    /// A position in whole steps of the bus (a Maestro's quarter microseconds, an encoder's ticks): the nearest that
    /// lies within the limits.
    ///
    /// At a limit that is no step itself this rounds towards the inside. A position that is not finite gives neutral;
    /// the limiter never makes one.
    public func steps(ofRadians position: Double) -> Int {
        let lowest = (lowestRaw / scale.step).rounded(.up)
        let highest = (highestRaw / scale.step).rounded(.down)
        let wanted = (position.isFinite ? scale.raw(ofRadians: position) : neutralRaw) / scale.step
        return Int(min(max(wanted.rounded(), lowest), highest))
    }

    /// The position that so many steps of the bus command, rad.
    public func radians(ofSteps steps: Int) -> Double { scale.radians(ofRaw: Double(steps) * scale.step) }
}
