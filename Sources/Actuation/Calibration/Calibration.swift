import FaceKit

/// How the face's channels drive the actuators of one robot unit: per actuator a weighted sum and a table to the bus'
/// raw values.
///
/// One YAML file under `Calibration/` per unit. It names every actuator of its robot exactly once.
public struct Calibration: Sendable, Equatable {
    /// Name of the robot it belongs to.
    public let robot: String
    /// The unit it was measured on, and when (a date as people write it, ISO 8601); nil for one that was not.
    public var serial: String?
    public var date: String?
    /// One entry for each actuator of the robot, in the robot's order.
    public var entries: [Entry]
    /// What the face shows when nothing is asked of the actuators with effects: small coefficients, a head that looks aside.
    public var rest: [FaceEffects.Effect]

    /// Pairs that pull against each other.
    public var antagonists: [Antagonists]

    public init(
        robot: String, serial: String? = nil, date: String? = nil, entries: [Entry], rest: [FaceEffects.Effect] = [],
        antagonists: [Antagonists] = []
    ) {
        self.antagonists = antagonists
        self.rest = rest
        self.robot = robot
        self.serial = serial
        self.date = date
        self.entries = entries
    }

    /// The fewest points of a table: with 7 the worst error on a measured hobby servo is 1.3°, with 3 it is 4.3°.
    public static let fewestPoints = 7

    /// One actuator's part.
    public struct Entry: Sendable, Equatable {
        /// Index into the robot's actuators.
        public let actuator: Int
        /// The sum that drives it when the frame's coefficients are the generator's own.
        public let inputs: [Term]
        /// The sum that drives it when the generator made landmarks; `inputs` when the file gives none.
        public let landmarkInputs: [Term]
        /// The raw value of the relaxed face on this unit: where fallback and sleep ease to.
        public var neutralRaw: Double
        /// From the sum to the raw value; nil where the robot's head group drives the actuator.
        public var table: MonotoneCubic?
        /// The play between servo and horn, raw: crossed when the motion turns round.
        public var backlash = 0.0
        /// The largest error of the table when it was measured, rad; nil where nothing was.
        public var worstError: Double?
        /// The raw values between which this unit's mechanism moves freely; nil where the robot file's limits hold.
        public var reach: ClosedRange<Double>?
        /// What it does to the face for each unit of its table's input; nil where nothing is known, and `inputs` drive it.
        public var effects: FaceEffects?

        public init(
            actuator: Int, inputs: [Term], landmarkInputs: [Term], neutralRaw: Double, table: MonotoneCubic?,
            backlash: Double = 0, worstError: Double? = nil, effects: FaceEffects? = nil,
            reach: ClosedRange<Double>? = nil
        ) {
            self.reach = reach
            self.actuator = actuator
            self.inputs = inputs
            self.landmarkInputs = landmarkInputs
            self.neutralRaw = neutralRaw
            self.table = table
            self.backlash = backlash
            self.worstError = worstError
            self.effects = effects
        }
    }

    /// Two actuators that pull against each other: what the two pull together, each as a share of its way from neutral to
    /// the end of its table, is no more than `most`.
    public struct Antagonists: Sendable, Equatable {
        public let first, second: Int
        public let most: Double

        public init(first: Int, second: Int, most: Double = 1) {
            self.first = first
            self.second = second
            self.most = most
        }
    }

    /// One summand: `weight · (channel − neutral)`.
    public struct Term: Sendable, Equatable {
        public let channel: FaceChannel
        public let weight: Double
        /// The channel's value on the relaxed face; distances between landmarks are not 0 there.
        public let neutral: Double
    }
}
