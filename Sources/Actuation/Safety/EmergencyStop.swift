/// The latch of the emergency stop: once pressed it stays, and only an operator clears it.
///
/// While it is latched every actuator brakes to rest within its limits and holds; no motion, script or message is heard.
/// What is pressed again while latched keeps the first cause, which is the one that matters afterwards.
public struct EmergencyStop: Sendable, Equatable {
    /// Who pressed it.
    public enum Cause: Sendable, Equatable {
        case `operator`
        case message
        case script
        /// A supervisor found a limit broken on the way to the bus.
        case limitViolation
        /// Whoever had to hold on let go.
        case deadMan
    }

    /// Why it is latched; nil while it is not.
    public private(set) var cause: Cause?
    /// How often it was pressed since the start, latched or not.
    public private(set) var presses = 0

    public init() {}

    public var isLatched: Bool { cause != nil }

    public mutating func press(_ cause: Cause) {
        presses += 1
        if self.cause == nil { self.cause = cause }
    }

    /// Clears the latch: for an operator's hand only, never for a script, a message or a timer.
    public mutating func clearByOperator() { cause = nil }
}
