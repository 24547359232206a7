/// What a run did, for people and for machines: `mien run` prints it at the end, `--json` writes it as one object.
public struct RunSummary: Sendable, Codable {
    /// Where the run's time went.
    public struct Ticks: Sendable, Codable {
        public var rateHz: Double
        public var ticks: Int
        public var late: Int
        public var skippedPeriods: Int

        public init(rateHz: Double, ticks: Int, late: Int, skippedPeriods: Int) {
            self.rateHz = rateHz
            self.ticks = ticks
            self.late = late
            self.skippedPeriods = skippedPeriods
        }

        enum CodingKeys: String, CodingKey {
            case rateHz = "rate_hz"
            case ticks
            case late
            case skippedPeriods = "skipped_periods"
        }
    }

    /// Frames the generators made and what the control tick did with them.
    public struct Motion: Sendable, Codable {
        public var suhmoFrames = 0
        public var sfmsFrames = 0
        /// Motion ticks that made no frame because a generator failed.
        public var failed = 0
        /// What a generator said when it failed last.
        public var failure: String?
        public var played = 0
        public var missed = 0
        public var late = 0
        public var notFinite = 0
        public var frozen = 0
        public var fallbacks = 0
        public var fallbackTicks = 0
        /// Motion ticks with a person there.
        public var personFrames = 0

        public init() {}

        enum CodingKeys: String, CodingKey {
            case suhmoFrames = "suhmo_frames"
            case sfmsFrames = "sfms_frames"
            case failed
            case failure
            case played
            case missed
            case late
            case notFinite = "not_finite"
            case frozen
            case fallbacks
            case fallbackTicks = "fallback_ticks"
            case personFrames = "person_frames"
        }
    }

    /// What the last step before the bus had to do, counted once an actuator and tick.
    public struct Limits: Sendable, Codable {
        /// Targets that were not numbers.
        public var notFinite: Int
        /// Targets outside the range of positions.
        public var outOfRange: Int
        /// Targets that velocity, acceleration or jerk kept the actuator from reaching in the tick.
        public var held: Int
        /// All of these.
        public var interventions: Int
        /// Outputs beyond a limit, as an independent monitor counted them. Anything but 0 is a defect of Mien.
        public var violations: Int

        public init(notFinite: Int, outOfRange: Int, held: Int, violations: Int) {
            self.notFinite = notFinite
            self.outOfRange = outOfRange
            self.held = held
            interventions = notFinite + outOfRange + held
            self.violations = violations
        }

        enum CodingKeys: String, CodingKey {
            case notFinite = "not_finite"
            case outOfRange = "out_of_range"
            case held
            case interventions
            case violations
        }
    }

    /// What went down one bus.
    public struct Bus: Sendable, Codable {
        public var name: String
        public var port: String
        public var bytes: Int
        public var frames: Int
        /// Frames replaced by a newer one before the writer took them.
        public var overwritten: Int
        /// SHA-256 over all bytes, in hexadecimal.
        public var sha256: String
        public var timesLost: Int

        public init(
            name: String, port: String, bytes: Int, frames: Int, overwritten: Int, sha256: String, timesLost: Int
        ) {
            self.name = name
            self.port = port
            self.bytes = bytes
            self.frames = frames
            self.overwritten = overwritten
            self.sha256 = sha256
            self.timesLost = timesLost
        }

        enum CodingKeys: String, CodingKey {
            case name
            case port
            case bytes
            case frames
            case overwritten
            case sha256
            case timesLost = "times_lost"
        }
    }

    /// What the simulated robot itself saw.
    public struct Simulator: Sendable, Codable {
        public var bytes: Int
        public var servosMoved: Int
        public var violations: Int
        public var errors: Int

        public init(bytes: Int, servosMoved: Int, violations: Int, errors: Int) {
            self.bytes = bytes
            self.servosMoved = servosMoved
            self.violations = violations
            self.errors = errors
        }

        enum CodingKeys: String, CodingKey {
            case bytes
            case servosMoved = "servos_moved"
            case violations
            case errors
        }
    }

    /// What became of a recording.
    public struct Recording: Sendable, Codable, Equatable {
        public var file: String
        public var bytes: UInt64 = 0
        public var messages = 0
        /// What found the recording's queues full.
        public var dropped = 0
        /// Why it ended early, or was not begun.
        public var failure: String?

        public init(file: String) { self.file = file }
    }

    /// What became of the recording, if there was to be one.
    public var recording: Recording?
    public var robot: String
    public var person: String
    public var seed: UInt64
    public var isVirtual: Bool
    /// Seconds on the run's clock.
    public var seconds: Double
    /// Seconds on the machine's clock, from the first tick to the last.
    public var wallSeconds: Double
    /// Which set of kernels computed the models.
    public var kernels: String
    /// What real-time scheduling the system granted.
    public var realTime: String
    /// Milliseconds from the process' start to the first byte on a bus.
    public var startToFirstByteMs: Double?
    public var control: Ticks
    public var motionTicks: Ticks
    public var motion: Motion
    public var limits: Limits
    public var buses: [Bus]
    public var simulator: Simulator?
    public var stages: [String: StageTimes.Figures]

    public init(
        robot: String, person: String, seed: UInt64, isVirtual: Bool, seconds: Double, wallSeconds: Double,
        kernels: String, realTime: String, startToFirstByteMs: Double?, control: Ticks, motionTicks: Ticks,
        motion: Motion, limits: Limits, buses: [Bus], simulator: Simulator?, stages: [String: StageTimes.Figures]
    ) {
        self.robot = robot
        self.person = person
        self.seed = seed
        self.isVirtual = isVirtual
        self.seconds = seconds
        self.wallSeconds = wallSeconds
        self.kernels = kernels
        self.realTime = realTime
        self.startToFirstByteMs = startToFirstByteMs
        self.control = control
        self.motionTicks = motionTicks
        self.motion = motion
        self.limits = limits
        self.buses = buses
        self.simulator = simulator
        self.stages = stages
    }

    enum CodingKeys: String, CodingKey {
        case robot
        case person
        case seed
        case isVirtual = "virtual"
        case seconds
        case wallSeconds = "wall_seconds"
        case kernels
        case realTime = "real_time"
        case startToFirstByteMs = "start_to_first_byte_ms"
        case control
        case motionTicks = "motion_ticks"
        case motion
        case limits
        case buses
        case simulator
        case stages
        case recording
    }
}
