import FaceKit

/// Whoever watches a run from inside, tick by tick, on the ticks' own threads: what implements it copies and never waits.
///
/// What it is shown is all that a run's outputs depend on, and the outputs: the same moments in make the same moments out.
public protocol RunTap: AnyObject, Sendable {
    /// The first deadline, on the run's clock.
    func runStarts(at start: Nanoseconds)

    /// A motion tick, on its thread, after it.
    func motionTick(_ moment: borrowing MotionMoment)

    /// A command that a motion tick performs, before it is performed.
    func performs(_ command: Command, atMotionTick index: Int)

    /// A control tick, on its thread, after its targets went to the buses. Nothing may be allocated; the numbers are
    /// there for the call only.
    func controlTick(_ moment: borrowing ControlMoment, _ numbers: ControlNumbers)
}

/// What a motion tick took in and made.
public struct MotionMoment: Sendable {
    public var index: Int
    /// Nanoseconds after its deadline.
    public var lateness: Nanoseconds
    /// What was sensed, as it came.
    public var person: PersonFrame?
    /// What was made of it; nil where a generator failed.
    public var packet: MotionPacket?
    /// The weight of listening, 0 to 1.
    public var listening: Float

    public init(
        index: Int = 0, lateness: Nanoseconds = 0, person: PersonFrame? = nil, packet: MotionPacket? = nil,
        listening: Float = 0
    ) {
        self.index = index
        self.lateness = lateness
        self.person = person
        self.packet = packet
        self.listening = listening
    }
}

/// The numbers of a control tick, in the robot's order.
public struct ControlNumbers {
    /// What the limiter was asked for, rad, and what it made of that, which the buses got.
    public var wanted, commanded: UnsafeBufferPointer<Double>
    /// Where the actuators of returned buses went on from, rad; the others' places hold nothing.
    public var resumed: UnsafeBufferPointer<Double>
    /// Four an actuator: 1 if its servo said how it is, else 0; °C; load, −1 to 1; rad. Empty where no bus measures.
    public var strains: UnsafeBufferPointer<Double>
}

/// What a control tick took in beside the time, and who drove.
public struct ControlMoment: Sendable {
    /// Nanoseconds since the run's start: when the tick was due.
    public var elapsed: Nanoseconds = 0
    /// When it began, on the run's clock, and how much later than due.
    public var began: Nanoseconds = 0
    public var lateness: Nanoseconds = 0
    /// The index of the motion frame that it took from the slot, nil when there was none new.
    public var frame: Int?
    /// A person's face that came to this tick without waiting for a motion tick.
    public var person: PersonFrame?
    public var driver = Driver.fallback
    /// Whether the run's end began with this tick.
    public var settles = false
    /// What came through the stop latch.
    public var stop = StopLatch.Taken()
    /// Why the emergency stop is latched, as `StopLatch.number(of:)` has it.
    public var stopCause: UInt8 = 0
    /// Buses that were lost, and those that returned in this tick, one bit each.
    public var lostBuses: UInt64 = 0
    public var returnedBuses: UInt64 = 0

    public init() {}
}
