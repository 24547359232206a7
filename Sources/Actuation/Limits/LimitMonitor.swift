/// Checks a sequence of positions against the limits by its finite differences, without knowing how it was made.
///
/// The run's summary counts violations with it (the simulated robot has a judge of its own). A value counts when it exceeds its limit by more
/// than 10⁻⁹ of it (of the range, for positions), by what the rounding of a `Double` makes of it, and by what the bus'
/// step can make of it: positions rounded to a step q are off by up to q/2, hence q/dt in velocity, 2q/dt² in
/// acceleration, 4q/dt³ in jerk. A position outside the range counts unless it is on its way in.
public struct LimitMonitor: Sendable {
    /// How often each limit was broken, over all actuators and ticks.
    public struct Violations: Sendable, Equatable {
        public var position = 0
        public var velocity = 0
        public var acceleration = 0
        public var jerk = 0
        /// Positions that were not finite.
        public var notFinite = 0

        public var total: Int { position + velocity + acceleration + jerk + notFinite }
    }

    /// All violations since the start.
    public private(set) var violations = Violations()

    private let limits: [MotionLimits]
    private let period: Double
    private let quanta: [Double]
    /// The last three positions of each actuator, newest first; equal until the actuator has moved.
    private var history: [SIMD4<Double>]
    private var isStarted: [Bool]

    /// Relative tolerance.
    public static let tolerance = 1e-9

    /// - Parameters:
    ///   - period: Seconds between two positions.
    ///   - quanta: The bus' step of each actuator, rad; empty when positions are not rounded.
    public init(limits: [MotionLimits], period: Double, quanta: [Double] = []) {
        precondition(quanta.isEmpty || quanta.count == limits.count, "one step for each actuator")
        self.limits = limits
        self.period = period
        self.quanta = quanta.isEmpty ? Array(repeating: 0, count: limits.count) : quanta
        history = Array(repeating: .zero, count: limits.count)
        isStarted = Array(repeating: false, count: limits.count)
    }

    /// Takes an actuator's present position as a start at rest: nothing before it is compared with what comes.
    public mutating func start(_ index: Int, at position: Double) {
        history[index] = SIMD4(repeating: position)
        isStarted[index] = true
    }

    /// Checks the next position of every actuator; the first one of an actuator is its start.
    public mutating func check(_ positions: Span<Double>) {
        for index in limits.indices { check(index, positions[index]) }
    }

    /// Checks the next position of one actuator.
    public mutating func check(_ index: Int, _ position: Double) {
        guard position.isFinite else {
            violations.notFinite += 1
            return
        }
        guard isStarted[index] else { return start(index, at: position) }
        let limits = limits[index]
        let past = history[index]
        let step = quanta[index]
        let rounding = max(abs(position), abs(past.x), abs(past.y), abs(past.z)).ulp
        let slack = 1 + Self.tolerance

        let outside = max(limits.lower - position, position - limits.upper)
        let before = max(limits.lower - past.x, past.x - limits.upper)
        if outside > (limits.upper - limits.lower) * Self.tolerance + step / 2 + rounding, outside > before {
            violations.position += 1
        }
        let first = position - past.x
        if abs(first) > limits.velocity * period * slack + step + rounding { violations.velocity += 1 }
        let second = first - (past.x - past.y)
        if abs(second) > limits.acceleration * period * period * slack + 2 * (step + rounding) {
            violations.acceleration += 1
        }
        let third = second - ((past.x - past.y) - (past.y - past.z))
        if abs(third) > limits.jerk * period * period * period * slack + 4 * (step + rounding) { violations.jerk += 1 }
        history[index] = SIMD4(position, past.x, past.y, 0)
    }
}
