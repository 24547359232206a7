/// How a run stands just now, stored inline so that the control tick can hand it over without allocating.
public struct RunStatus: Sendable {
    /// The most actuators a status shows; robots' faces have 5 to 35.
    public static let capacity = 64

    public var seconds: Double = 0
    public var controlTicks = 0
    public var lateTicks = 0
    public var skippedPeriods = 0
    /// Nanoseconds: the newest control tick's lateness, and the worst since the status before.
    public var lateness: Int64 = 0
    public var worstLateness: Int64 = 0
    /// All control ticks so far: how late they began, and how long they took.
    public var latenessTimes = TickHistogram()
    public var tickTimes = TickHistogram()
    /// Nanoseconds from the motion tick that sensed to the control tick that began to play what it made, newest frame.
    public var latency: Int64 = 0
    public var motionFrames = 0
    public var missedFrames = 0
    public var fallbacks = 0
    public var interventions = 0
    public var violations = 0
    /// The name of who moves the face, as an index into `drivers`.
    public var driver: UInt8 = 0
    /// Why the emergency stop is latched, as an index into `stopCauses`; 0 while it is not.
    public var stopCause: UInt8 = 0
    public static let stopCauses = [nil, "operator", "message", "script", "limit_violation", "dead_man"]
    /// Actuators that are held back because they are hot or push hard.
    public var derated = 0
    /// Whether any bus is lost.
    public var isLineLost = false
    public var actuatorCount = 0
    /// Commanded positions, radians, in the robot file's order.
    public var positions: InlineArray<64, Float> = .init(repeating: 0)

    public init() {}
}
