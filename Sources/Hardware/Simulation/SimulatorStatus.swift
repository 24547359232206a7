/// What a simulated robot says about itself. In JSON the keys carry their units.
public struct SimulatorStatus: Equatable, Sendable, Codable {
    /// Bytes received.
    public var bytes: Int
    /// SHA-256 of those bytes, hexadecimal.
    public var sha256: String
    /// Commands understood.
    public var commands: Int
    /// Commands broken off, unknown, out of range or with a wrong check byte.
    public var protocolErrors: Int
    /// Whole sets of targets received.
    public var frames: Int
    /// Intervals between frames that only several control periods explain: frames replaced on their way.
    public var stretched: Int
    /// Limit violations, decoded from the bytes.
    public var violations: ViolationCounts
    /// All violations together.
    public var violationCount: Int
    public var servos: [Servo]

    /// One servo as the simulator sees it.
    public struct Servo: Equatable, Sendable, Codable {
        public var name: String
        public var channel: Int
        /// What the numbers count: `us`, `ticks` or `deg`.
        public var unit: String
        /// Whether it is driven: has pulses, or torque.
        public var isOn: Bool
        /// The last target; 0 before the first, and on a Maestro without pulses.
        public var target: Double
        /// Where the shaft stands.
        public var position: Double
        /// The way the shaft has gone.
        public var travel: Double
        /// The least target received.
        public var lowest: Double?
        /// The greatest target received.
        public var highest: Double?
        public var minimum: Double
        public var maximum: Double
        public var violations: Int
        /// °C, where the servo measures it.
        public var temperature: Double?
        /// The servo's own faults in words; empty when all is well.
        public var faults: [String] = []

        enum CodingKeys: String, CodingKey {
            case name, channel, unit
            case isOn = "on"
            case target, position, travel, lowest, highest
            case minimum = "min"
            case maximum = "max"
            case violations
            case temperature = "temperature_c"
            case faults
        }
    }

    enum CodingKeys: String, CodingKey {
        case bytes, sha256, commands
        case protocolErrors = "protocol_errors"
        case frames
        case stretched = "stretched_intervals"
        case violations
        case violationCount = "limit_violations"
        case servos
    }
}

extension SimulatorStatus {
    /// Adds what another device of the same robot saw.
    public mutating func add(_ other: SimulatorStatus) {
        bytes += other.bytes
        sha256 += "+" + other.sha256
        commands += other.commands
        protocolErrors += other.protocolErrors
        frames += other.frames
        stretched += other.stretched
        violations.position += other.violations.position
        violations.velocity += other.violations.velocity
        violations.acceleration += other.violations.acceleration
        violations.jerk += other.violations.jerk
        violationCount += other.violationCount
        servos += other.servos
    }
}
