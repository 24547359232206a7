import FaceKit

/// Where the control tick hands its targets: a serial line with a thread of its own, or a recording.
public protocol BusOutput: AnyObject, Sendable {
    /// The bus's name in the robot file.
    var name: String { get }

    /// Hands over the newest targets; never waits, never allocates. Called from one thread only.
    ///
    /// - Parameters:
    ///   - positions: radians, in the robot file's order, already limited.
    ///   - enabled: whether each actuator is driven.
    ///   - time: the tick's instant on the runtime's clock.
    func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds)

    /// Whether the line is there. While it is not, its actuators hold: the caller stops its limiter and, once the line
    /// is back, goes on from `readLastSent`.
    var state: BusState { get }

    /// Copies the targets that last went over the wire in full, radians; false when there were none since the last
    /// call. Called from the thread that calls `send`; never waits, never allocates.
    func readLastSent(into positions: UnsafeMutableBufferPointer<Double>) -> Bool

    /// The oldest event not yet taken, nil when there is none; never waits, never allocates. One caller's thread only.
    func nextEvent() -> BusEvent?

    /// What went over this bus so far.
    var statistics: BusStatistics { get }

    /// Writes what is pending (for at most a quarter of a second) and closes.
    func finish()
}

/// Whether a bus can be written to.
public enum BusState: UInt8, Sendable {
    /// Not opened yet.
    case opening
    case open
    /// It was open, and is being searched for.
    case lost
    case closed
}

/// One thing that happened on a bus.
public enum BusEvent: Equatable, Sendable {
    case opened
    /// The line went away; `errno` says why.
    case lost(errno: Int32)
    case returned
    /// The device reported error bits (for a Maestro, `MaestroErrors`).
    case deviceErrors(UInt16)
    /// A request for error bits had no answer in time.
    case silent
    /// The reader fell behind and this many events were dropped.
    case dropped(Int32)
}

/// The figures of one bus.
public struct BusStatistics: Equatable, Sendable, Codable {
    /// Frames handed over by the control tick.
    public var framesSubmitted = 0
    /// Frames written in full.
    public var framesWritten = 0
    /// Frames replaced by a newer one before the writer came to them.
    public var framesOverwritten = 0
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
    /// Longest time from the tick to the frame's last byte written, seconds.
    public var worstWireDelay = 0.0

    public init() {}
}
