import FaceKit

/// A device behind a serial line that is not there: takes bytes, moves its servos as the caller's clock goes on, and
/// answers.
public protocol SimulatedDevice: ~Copyable, Sendable {
    /// Answers to be sent back, oldest byte first; the caller empties it.
    var outbox: [UInt8] { get set }
    /// Moves the servos on to an instant; one that is not later changes nothing.
    mutating func advance(to now: Nanoseconds)
    /// Takes bytes that arrived at an instant.
    mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds)
    /// Power off and on again: servos stay where they stand but are not driven, half a command is forgotten.
    mutating func restart()
    /// What was received and where the servos stand, at an instant.
    mutating func status(at now: Nanoseconds) -> SimulatorStatus
    /// Gives servos play between motor and horn, raw, by name.
    mutating func loosen(_ backlash: [String: Double])
    /// Gives servos ends that their mechanism cannot pass, raw, by name.
    mutating func stop(_ stops: [String: ClosedRange<Double>])
    /// Makes something go wrong with a servo, by its name; false when there is no such servo or it cannot be.
    mutating func suffer(_ fault: ServoTrouble, servo: String) -> Bool
}

/// What can go wrong with a servo on command.
public enum ServoTrouble: String, CaseIterable, Sendable {
    /// Its motor is hotter than it allows: it lets go and says so.
    case overheat
    /// It pushes against something: it lets go and says so.
    case overload
    /// Whatever was wrong is over; the servo still needs a reboot where its maker says so.
    case mend
    /// It answers to the next free id instead of its own.
    case wrongID = "wrong-id"
    /// It and the next servo have changed places on the line.
    case swap
}
