/// A command of the Pololu Maestro (manual, section 5.e). Pulses are in quarter microseconds, as on the wire.
public enum MaestroCommand: Equatable, Sendable {
    /// A target of 0 stops the channel's pulses.
    case setTarget(channel: UInt8, quarterMicroseconds: UInt16)
    /// Targets for channels `first`, `first + 1`, …; not understood by the Micro Maestro with 6 channels.
    case setMultipleTargets(first: UInt8, quarterMicroseconds: [UInt16])
    /// 0.25 µs for each 10 ms; 0 is unlimited.
    case setSpeed(channel: UInt8, UInt16)
    /// 0.25 µs for each 10 ms and 80 ms; 0 is unlimited, 255 the most.
    case setAcceleration(channel: UInt8, UInt16)
    /// Answered by two bytes, low first.
    case getPosition(channel: UInt8)
    /// Answered by one byte, 1 while any servo moves.
    case getMovingState
    /// Answered by two bytes, low first; clears the errors.
    case getErrors
    case goHome
}

/// A Maestro command's first byte in the compact protocol; the Pololu protocol sends it without its top bit.
public enum MaestroOpcode: UInt8, Sendable {
    case setTarget = 0x84
    case setSpeed = 0x87
    case setAcceleration = 0x89
    case getPosition = 0x90
    case getMovingState = 0x93
    case setMultipleTargets = 0x9F
    case getErrors = 0xA1
    case goHome = 0xA2
    case stopScript = 0xA4
    case restartScript = 0xA7
    case restartScriptWithParameter = 0xA8
}

/// The error bits of a Maestro (manual, section 4.e).
public struct MaestroErrors: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let signal = MaestroErrors(rawValue: 1 << 0)
    public static let overrun = MaestroErrors(rawValue: 1 << 1)
    public static let bufferFull = MaestroErrors(rawValue: 1 << 2)
    public static let crc = MaestroErrors(rawValue: 1 << 3)
    public static let protocolError = MaestroErrors(rawValue: 1 << 4)
    public static let timeout = MaestroErrors(rawValue: 1 << 5)
    public static let scriptStack = MaestroErrors(rawValue: 1 << 6)
    public static let callStack = MaestroErrors(rawValue: 1 << 7)
    public static let programCounter = MaestroErrors(rawValue: 1 << 8)

    /// What the bits mean, in the manual's words.
    public var names: [String] {
        let all = [
            "serial signal", "serial overrun", "serial buffer full", "serial CRC", "serial protocol",
            "serial timeout", "script stack", "script call stack", "script program counter",
        ]
        return all.enumerated().filter { rawValue & (1 << UInt16($0.offset)) != 0 }.map(\.element)
    }
}
