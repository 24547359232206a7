/// The last step before the bus: moves every actuator towards its target within its limits on position, velocity,
/// acceleration and jerk, all at once, at every tick, for any targets whatever.
///
/// The limits hold on the finite differences of the output: `v = (p − p₋₁)/dt`, `a = (v − v₋₁)/dt`, `j = (a − a₋₁)/dt`.
/// Nothing is allocated after `init`. A step that comes late advances one nominal period, never several.
///
/// A target is approached as fast as the limits allow and reached without overshoot, in the end exactly. From outside
/// the range the motion goes monotonically in. A target that is not a number means no command: the actuator comes to
/// rest, and it counts as an intervention.
public struct MotionLimiter: Sendable {
    private var joints: [LimitedJoint]

    /// How often a step had to change what was asked for.
    public struct Interventions: Sendable, Equatable {
        /// Targets that were NaN or infinite.
        public var notFinite = 0
        /// Finite targets outside the range of positions by more than rounding makes of a limit.
        public var outOfRange = 0
        /// Actuators that moved as hard as velocity, acceleration and jerk allow while their target asked for more.
        public var held = 0

        public init(notFinite: Int = 0, outOfRange: Int = 0, held: Int = 0) {
            self.notFinite = notFinite
            self.outOfRange = outOfRange
            self.held = held
        }

        public var total: Int { notFinite + outOfRange + held }

        public static func += (sum: inout Interventions, more: Interventions) {
            sum.notFinite += more.notFinite
            sum.outOfRange += more.outOfRange
            sum.held += more.held
        }
    }

    /// A limiter at rest in the middle of each range: call `reset(to:)` with where the actuators stand.
    /// - Parameter period: Seconds between steps, above 0.
    public init(limits: [MotionLimits], period: Double) {
        precondition(period > 0 && period.isFinite, "the control period is a positive number of seconds")
        joints = limits.map { LimitedJoint(limits: $0, period: period) }
    }

    /// How many actuators there are.
    public var count: Int { joints.count }

    /// Sets where the actuators stand, rad, at rest. A position that is not finite counts as the middle of the range.
    public mutating func reset(to positions: [Double]) {
        for index in joints.indices { joints[index].reset(to: positions[index]) }
    }

    /// Sets where one actuator stands, rad, at rest.
    public mutating func reset(_ index: Int, to position: Double) { joints[index].reset(to: position) }

    /// The position of the last step, rad.
    public func position(_ index: Int) -> Double { joints[index].output }

    /// Whether every actuator is at rest.
    public var isAtRest: Bool { joints.allSatisfy(\.isAtRest) }

    /// Advances one period and writes the positions to command, rad.
    /// - Parameters:
    ///   - targets: As many as there are actuators, rad; anything may be in it.
    ///   - output: As many as there are actuators.
    public mutating func step(targets: Span<Double>, output: inout MutableSpan<Double>) -> Interventions {
        var interventions = Interventions()
        for index in joints.indices {
            output[index] = joints[index].step(towards: targets[index], &interventions)
        }
        return interventions
    }

    /// Advances one period in which every actuator brakes to rest; nothing counts as an intervention.
    public mutating func brake(output: inout MutableSpan<Double>) {
        var ignored = Interventions()
        for index in joints.indices { output[index] = joints[index].step(towards: .nan, &ignored) }
    }
}
