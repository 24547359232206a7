/// How a running controller stands: what `mien status` shows and the console answers to `status`.
public struct ConsoleStatus: Sendable, Codable, Equatable {
    /// The control tick's side.
    public struct Control: Sendable, Codable, Equatable {
        public var ticks = 0
        public var lateTicks = 0
        public var skippedPeriods = 0
        public var worstLatenessUs = 0.0
        public var framesPlayed = 0
        public var framesMissed = 0
        public var fallbacks = 0
        public var interventions = 0
        public var violations = 0
        /// Who moves the face: a generator, the fallback, or the run's end.
        public var driver = ""
        public var isLineLost = false

        enum CodingKeys: String, CodingKey {
            case ticks, fallbacks, interventions, violations, driver
            case lateTicks = "late_ticks"
            case skippedPeriods = "skipped_periods"
            case worstLatenessUs = "worst_lateness_us"
            case framesPlayed = "frames_played"
            case framesMissed = "frames_missed"
            case isLineLost = "line_lost"
        }
    }

    /// A layer of the mixer.
    public struct Layer: Sendable, Codable, Equatable {
        public var name: String
        public var priority: Int
        /// How much of it is in the face now, 0 to 1.
        public var weight: Double

        public init(name: String, priority: Int, weight: Double) {
            self.name = name
            self.priority = priority
            self.weight = weight
        }
    }

    /// A script.
    public struct Script: Sendable, Codable, Equatable {
        public var name: String
        public var file: String
        /// `running`, `ended`, `stopped` or `failed`.
        public var state: String
        /// Its last error in a sentence, and where it came from.
        public var error: String?
        public var traceback: String?

        public init(name: String, file: String, state: String, error: String? = nil, traceback: String? = nil) {
            self.name = name
            self.file = file
            self.state = state
            self.error = error
            self.traceback = traceback
        }
    }

    /// The motion tick's side, as it answered.
    public struct Motion: Sendable, Codable, Equatable {
        public var ticks = 0
        public var personIsPresent = false
        public var intensity = 1.0
        /// What the face may do, where somebody decides it: `auto`, `idle` or `neutral`.
        public var mode: String?
        /// Which layer drives each group of channels: head, eyes, lids, brows, cheeks, mouth, jaw.
        public var drivers: [String: String] = [:]
        public var layers: [Layer] = []
        public var scripts: [Script] = []

        public init() {}

        enum CodingKeys: String, CodingKey {
            case ticks, intensity, mode, drivers, layers, scripts
            case personIsPresent = "person_present"
        }
    }

    /// The console itself.
    public struct Console: Sendable, Codable, Equatable {
        public var requests = 0
        public var refused = 0
        public var eventsDropped = 0

        enum CodingKeys: String, CodingKey {
            case requests, refused
            case eventsDropped = "events_dropped"
        }
    }

    public var robot = ""
    public var process: Int32 = 0
    public var seconds = 0.0
    /// Who pressed the emergency stop, while it is latched.
    public var emergencyStop: String?
    public var control = Control()
    /// Nil when the motion tick did not answer in time.
    public var motion: Motion?
    public var console = Console()

    public init() {}

    enum CodingKeys: String, CodingKey {
        case robot, process, seconds, control, motion, console
        case emergencyStop = "emergency_stop"
    }
}
