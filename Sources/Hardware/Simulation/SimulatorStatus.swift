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
        /// Whether it gets pulses.
        public var isOn: Bool
        /// 0 without pulses.
        public var targetMicroseconds: Double
        /// Where the shaft stands.
        public var positionMicroseconds: Double
        /// The way the shaft has gone.
        public var travelMicroseconds: Double
        /// The least target received.
        public var lowestMicroseconds: Double?
        /// The greatest target received.
        public var highestMicroseconds: Double?
        public var minimumMicroseconds: Double
        public var maximumMicroseconds: Double
        public var violations: Int

        enum CodingKeys: String, CodingKey {
            case name, channel
            case isOn = "on"
            case targetMicroseconds = "target_us"
            case positionMicroseconds = "position_us"
            case travelMicroseconds = "travel_us"
            case lowestMicroseconds = "lowest_us"
            case highestMicroseconds = "highest_us"
            case minimumMicroseconds = "min_us"
            case maximumMicroseconds = "max_us"
            case violations
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
