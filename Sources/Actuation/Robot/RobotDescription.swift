/// A type of robot: its buses, its actuators with their limits, and the rate at which they are driven.
///
/// One YAML file under `Robots/` describes one type; what differs from unit to unit is in its calibration.
public struct RobotDescription: Sendable, Equatable {
    /// The robot's name, which calibrations refer to.
    public let name: String
    /// Control ticks a second, 50 to 500.
    public let controlRate: Double
    /// The servo buses, in the order of the file.
    public let buses: [Bus]
    /// The actuators, in the order of the file; every list of targets has this order.
    public let actuators: [Actuator]
    /// Actuators that turn the head together, nil where each turns one axis.
    public let head: HeadGroup?
    /// When heat and load hold actuators back.
    public let protection: Derating.Rule

    public init(
        name: String, controlRate: Double, buses: [Bus], actuators: [Actuator], head: HeadGroup? = nil,
        protection: Derating.Rule = Derating.Rule()
    ) {
        self.protection = protection
        self.name = name
        self.controlRate = controlRate
        self.buses = buses
        self.actuators = actuators
        self.head = head
    }

    /// One line that servos hang on.
    public struct Bus: Sendable, Equatable {
        public let name: String
        public let kind: Kind
        /// The serial device to open unless the user names another, for instance `/dev/ttyACM0`.
        public let port: String?

        /// Bits a second of the line, nil where it does not matter (a Maestro's command port).
        public let baud: Int?
        /// What the actuators do when Mien ends or dies.
        public let atEnd: AtEnd

        /// What a bus is told last.
        public enum AtEnd: String, Sendable, CaseIterable {
            /// No torque, no pulses: a face that may hang.
            case relax
            /// Nothing: the servos hold their last targets, for a head that would fall.
            case hold
        }

        public init(name: String, kind: Kind, port: String? = nil, baud: Int? = nil, atEnd: AtEnd = .relax) {
            self.name = name
            self.kind = kind
            self.port = port
            self.baud = baud
            self.atEnd = atEnd
        }

        public enum Kind: Sendable, Equatable {
            case maestro(Maestro)
            case dynamixel(Dynamixel)
            case feetech
            case ohbot
            case firmata

            /// Whether servos on it say how warm they are and how hard they push.
            public var measures: Bool {
                switch self {
                case .dynamixel, .feetech: true
                case .maestro, .ohbot, .firmata: false
                }
            }
        }

        /// The settings of a Pololu Maestro.
        public struct Maestro: Sendable, Equatable {
            /// Device number, 0 to 127 (the factory's is 12), for boards that share a line and need the Pololu
            /// protocol; nil for the compact protocol.
            public let device: UInt8?
            /// Whether every command carries a CRC-7 byte.
            public let crc: Bool
            /// How many channels the board has: 6, 12, 18 or 24.
            public let channels: Int

            public init(device: UInt8?, crc: Bool, channels: Int) {
                self.device = device
                self.crc = crc
                self.channels = channels
            }
        }

        /// The settings of a Dynamixel line.
        public struct Dynamixel: Sendable, Equatable {
            /// The servos' own watchdog in units of 20 ms, 1 to 127: they stop when the line is silent for so long.
            /// 0 switches it off.
            public let watchdog: UInt8

            public init(watchdog: UInt8) { self.watchdog = watchdog }
        }
    }

    /// The same without the serial devices that its file names: for files that came from elsewhere.
    public var withoutPorts: RobotDescription {
        let buses = buses.map { Bus(name: $0.name, kind: $0.kind, port: nil, baud: $0.baud, atEnd: $0.atEnd) }
        return RobotDescription(
            name: name, controlRate: controlRate, buses: buses, actuators: actuators, head: head,
            protection: protection)
    }

    /// Index of the actuator of that name.
    public func index(ofActuator name: String) -> Int? { actuators.firstIndex { $0.name == name } }

    /// Indices of the actuators of a bus, in order of their channels.
    public func actuators(onBus bus: Int) -> [Int] {
        actuators.indices.filter { actuators[$0].bus == bus }.sorted {
            actuators[$0].channel < actuators[$1].channel
        }
    }

    /// The limits of all actuators, in order.
    public var limits: [MotionLimits] { actuators.map(\.limits) }

    /// The neutral positions of all actuators, radians, in order.
    public var neutral: [Double] { actuators.map(\.neutral) }

    /// The positions in which the robot rests safely, radians, in order.
    public var safePose: [Double] { actuators.map(\.safe) }
}
