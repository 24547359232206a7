import Actuation

/// Where a family of Dynamixel servos keeps what Mien writes and reads (e-Manual, control tables of the X series and of
/// the XL320). Addresses and sizes in bytes.
public struct DynamixelTable: Equatable, Sendable {
    public struct Field: Equatable, Sendable {
        public let address: UInt16
        public let size: Int

        public init(_ address: UInt16, _ size: Int) {
            self.address = address
            self.size = size
        }
    }

    public let torqueEnable, goalPosition: Field
    /// The servo's own shaping of its motion, which is switched off: Mien's limiter does that.
    public let profile: [Field]
    public let profileValue: Int32
    /// The silence after which the servo lets go, in 20 ms; nil where there is none.
    public let watchdog: Field?
    public let hardwareError: Field
    /// The most that the servo may push, and what stands for all it has: goal PWM (X), torque limit (XL320).
    public let torqueLimit: Field
    public let mostTorque: Int32
    /// One stretch that holds load, position, voltage and temperature.
    public let telemetry: Field
    public let presentLoad, presentPosition, voltage, temperature: Field

    public static let xSeries = DynamixelTable(
        torqueEnable: Field(64, 1), goalPosition: Field(116, 4), profile: [Field(108, 4), Field(112, 4)],
        profileValue: 0, watchdog: Field(98, 1), hardwareError: Field(70, 1),
        torqueLimit: Field(100, 2), mostTorque: 885, telemetry: Field(126, 21),
        presentLoad: Field(126, 2), presentPosition: Field(132, 4), voltage: Field(144, 2), temperature: Field(146, 1))

    /// Its speed register counts 0.111 rpm, and 0 is the most that it can.
    public static let xl320 = DynamixelTable(
        torqueEnable: Field(24, 1), goalPosition: Field(30, 2), profile: [Field(32, 2)], profileValue: 0,
        watchdog: nil, hardwareError: Field(50, 1), torqueLimit: Field(35, 2), mostTorque: 1023,
        telemetry: Field(37, 14), presentLoad: Field(41, 2),
        presentPosition: Field(37, 2), voltage: Field(45, 1), temperature: Field(46, 1))

    public static func of(_ model: ServoModel?) -> DynamixelTable { model == .xl320 ? .xl320 : .xSeries }
}
