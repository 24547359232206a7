/// One servo: where it hangs, how far and how fast it may go, and how its pulse maps to an angle.
///
/// Positions are radians, `(pulse − 1500 µs) · scale`, so that limits have SI units on hobby servos too; that angle is
/// nominal, for no hobby servo says where it stands.
public struct Actuator: Sendable, Equatable {
    public let name: String
    /// Index into `RobotDescription.buses`.
    public let bus: Int
    /// Channel on that bus.
    public let channel: Int
    /// Pulse limits and the pulse of the relaxed face, µs. Neutral is often far from the middle.
    public let minPulse, neutralPulse, maxPulse: Double
    /// The pulse at which the actuator rests safely, µs.
    public let safePulse: Double
    /// Radians per microsecond.
    public let pulseScale: Double
    /// Limits in radians and seconds.
    public let limits: MotionLimits

    /// The pulse that stands for 0 rad.
    public static let centrePulse = 1500.0
    /// The Maestro's step: a quarter of a microsecond.
    public static let pulseStep = 0.25

    /// Position of the relaxed face, rad.
    public var neutral: Double { radians(ofPulse: neutralPulse) }
    /// Position of safe rest, rad.
    public var safe: Double { radians(ofPulse: safePulse) }
    /// The smallest step the bus can command, rad.
    public var positionStep: Double { Self.pulseStep * pulseScale }

    public func radians(ofPulse pulse: Double) -> Double { (pulse - Self.centrePulse) * pulseScale }

    /// The pulse in µs, not rounded and not limited.
    public func pulse(ofRadians position: Double) -> Double { position / pulseScale + Self.centrePulse }

    /// The pulse in the bus' quarter microseconds: the nearest one that lies within the limits.
    ///
    /// At a limit that is no quarter itself this rounds towards the inside. A position that is not finite gives
    /// neutral; the limiter never makes one.
    public func quarterMicroseconds(ofRadians position: Double) -> UInt16 {
        let lowest = (minPulse / Self.pulseStep).rounded(.up)
        let highest = (maxPulse / Self.pulseStep).rounded(.down)
        let wanted = (position.isFinite ? pulse(ofRadians: position) : neutralPulse) / Self.pulseStep
        return UInt16(min(max(wanted.rounded(), lowest), highest))
    }

    /// The position that a pulse in quarter microseconds commands, rad.
    public func radians(ofQuarterMicroseconds quarters: UInt16) -> Double {
        radians(ofPulse: Double(quarters) * Self.pulseStep)
    }
}
