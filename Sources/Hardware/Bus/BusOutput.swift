import Actuation
import FaceKit

/// Where the control tick hands its targets: a serial line with a thread of its own, or a recording.
///
/// In each tick, for each bus:
///
///     if output.state == .returned, output.resume(into: positions) { limiter.restart(from: positions) }
///     guard output.state == .open else { continue }  // hold: do not step the limiter
///     limiter.step(…)
///     output.send(positions.span, enabled: enabled.span, at: now)
///
/// Targets sent in any other state go nowhere, so that a line that comes back never sees a jump.
public protocol BusOutput: AnyObject, Sendable {
    /// The bus's name in the robot file.
    var name: String { get }

    /// Which of the robot's actuators hang on this bus, by their place in the robot file.
    var actuators: [Int] { get }

    /// What the device said of itself when it was opened first; empty where it cannot say anything.
    var inventory: BusInventory { get }

    /// What did not fit when a device was last found on the port, nil when all did.
    var mismatch: BusMismatch? { get }

    /// Whether targets go anywhere just now.
    var state: BusState { get }

    /// What a servo last said of itself, nil where it cannot; any thread but the control tick.
    func telemetry(of actuator: Int) -> ServoReport?

    /// Limits the torque of all its servos to a share of the most; false where they have no such limit. Any thread but the
    /// control tick.
    @discardableResult
    func limitTorque(_ share: Double) -> Bool

    /// How warm a servo is and how hard it pushes, nil where it has not said; never waits, never allocates.
    func strain(of actuator: Int) -> Derating.Strain?

    /// How often a servo has said how it is, which tells a new `strain` from an old one; never waits, never allocates.
    func measurements(of actuator: Int) -> UInt32

    /// Hands over the newest targets; never waits, never allocates. Called from the control thread only.
    ///
    /// - Parameters:
    ///   - positions: radians, one for each actuator of the robot, already limited; the bus takes its own.
    ///   - enabled: whether each actuator is driven.
    ///   - time: the tick's instant on the runtime's clock.
    func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds)

    /// Takes up again after the line returned: copies the targets that went over the wire last, radians, to the places
    /// of the bus's own actuators, and opens the output. Never waits, never allocates. Called from the control thread only.
    ///
    /// - Returns: false when the output was not waiting for this, or nothing had been sent before; the positions are
    ///   left alone then.
    func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool

    /// The oldest event not yet taken, nil when there is none; never waits, never allocates. One thread only.
    func nextEvent() -> BusEvent?

    /// What went over this bus so far.
    var statistics: BusStatistics { get }

    /// Writes what is pending (for at most a quarter of a second) and closes.
    func finish()
}

extension BusOutput {
    public func strain(of actuator: Int) -> Derating.Strain? { nil }
    public func measurements(of actuator: Int) -> UInt32 { 0 }
    @discardableResult
    public func limitTorque(_ share: Double) -> Bool { false }
}

/// Whether a bus can be written to.
public enum BusState: UInt8, Sendable {
    case open
    /// It was open, and is being searched for; its actuators hold.
    case lost
    /// It is there again and holds the targets sent last, until `resume` is called.
    case returned
    case closed
}

/// One thing that happened on a bus.
public enum BusEvent: Equatable, Sendable {
    case opened
    /// The line went away; `errno` says why.
    case lost(errno: Int32)
    case returned
    /// Something else answers where the device was (see `mismatch`); it is searched for on.
    case mismatch
    /// The device reported error bits (for a Maestro, `MaestroErrors`).
    case deviceErrors(UInt16)
    /// What a servo finds wrong with itself has changed.
    case servoFaults(actuator: UInt16, ServoFaults)
    /// A request for error bits had no answer in time; said once until an answer comes.
    case silent
    /// The reader fell behind and this many events were dropped.
    case dropped(Int32)
}

/// The figures of one bus.
public struct BusStatistics: Equatable, Sendable, Codable {
    /// Frames handed over by the control tick.
    public var framesSubmitted = 0
    /// Frames written in full, those sent again after a loss included.
    public var framesWritten = 0
    /// Frames replaced by a newer one before the writer came to them.
    public var framesOverwritten = 0
    /// Frames handed over or half written while the line was lost.
    public var framesDropped = 0
    /// Bytes written, greetings and requests included.
    public var bytesWritten = 0
    /// SHA-256 of those bytes, hexadecimal.
    public var sha256 = ""
    /// Times the line was lost.
    public var losses = 0
    /// Times it came back.
    public var returns = 0
    /// Answers that reported device errors.
    public var deviceErrorReports = 0
    /// Every device error bit seen so far.
    public var deviceErrorBits: UInt16 = 0
    /// Longest time from the tick to its frame's last byte written, seconds.
    public var worstWireDelay = 0.0

    public init() {}
}
