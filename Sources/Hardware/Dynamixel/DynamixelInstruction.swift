/// The instruction byte of Dynamixel Protocol 2.0.
public enum DynamixelInstruction: UInt8, Sendable {
    case ping = 0x01
    case read = 0x02
    case write = 0x03
    case registeredWrite = 0x04
    case action = 0x05
    case factoryReset = 0x06
    case reboot = 0x08
    case clear = 0x10
    case controlTableBackup = 0x20
    case status = 0x55
    case syncRead = 0x82
    case syncWrite = 0x83
    case fastSyncRead = 0x8A
    case bulkRead = 0x92
    case bulkWrite = 0x93
    case fastBulkRead = 0x9A
}

/// The error byte of a status packet: seven bits of what was wrong with the instruction, and the alert bit, which says
/// that the servo's hardware error register is not 0.
public struct DynamixelError: Equatable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Whether the hardware error register says more.
    public var isAlert: Bool { rawValue & 0x80 != 0 }

    /// What was wrong with the instruction, nil for nothing.
    public var fault: Fault? { Fault(rawValue: rawValue & 0x7F) }

    public enum Fault: UInt8, Sendable {
        case resultFailed = 1
        case unknownInstruction = 2
        case crc = 3
        case dataRange = 4
        case dataLength = 5
        case dataLimit = 6
        /// An address that is read-only or not there, or EEPROM while torque is on.
        case access = 7
    }
}
