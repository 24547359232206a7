import FaceKit
import Telemetry

/// The two-rate scheduler: a control tick that never waits, a motion tick that may take its time, and the clock as a
/// type parameter.
///
/// On the machine's clock each rate has a thread of its own and they meet only in a latest-value slot. On the virtual
/// clock one thread steps both in a fixed order: a control tick that is due at the same instant as a motion tick comes
/// first, because what that motion tick makes is not due before the next.
public struct Controller<Clock: TickClock>: Sendable {
    /// How often a run ticks and how long it lasts.
    public struct Timing: Sendable {
        public var controlPeriod: Nanoseconds
        public var motionPeriod: Nanoseconds
        /// Nanoseconds until motion ends and the face settles; nil runs until stopped.
        public var duration: Nanoseconds?

        public init(controlRate: Double, motionRate: Double, seconds: Double?) {
            controlPeriod = Nanoseconds((1e9 / controlRate).rounded())
            motionPeriod = Nanoseconds((1e9 / motionRate).rounded())
            duration = seconds.map { Nanoseconds(($0 * 1e9).rounded()) }
        }
    }

    /// What the two rates did.
    public struct Report: Sendable {
        public var control: ControlPipeline.Report
        public var controlSchedule: TickSchedule
        public var motion: MotionPipeline.Report
        public var motionSchedule: TickSchedule
        /// Whether the control thread was granted `SCHED_FIFO`.
        public var isRealTime: Bool
    }

    let clock: Clock
    let timing: Timing
    let slot: LatestValueSlot<MotionPacket>
    private let stop: StopFlag
    /// Where the dashboards look, filled ten times a second.
    public let status = LatestValueSlot(RunStatus())
    /// The face of the newest motion frame.
    public let portrait = LatestValueSlot(FacePortrait())

    private let observation: Observation?

    /// Everybody who is told how the run stands.
    private let watchers: [LatestValueSlot<RunStatus>]
    private let tap: (any RunTap)?

    /// `slot` is the one that the control pipeline takes its frames from; `console` is told how the run stands, `tap`
    /// when it starts.
    public init(
        clock: Clock, timing: Timing, slot: LatestValueSlot<MotionPacket>, stop: StopFlag, console: Console? = nil,
        tap: (any RunTap)? = nil
    ) {
        self.tap = tap
        let observation = console?.observation
        self.observation = observation
        watchers = [status] + (console.map { [$0.controlStatus] } ?? []) + (observation.map { [$0.control] } ?? [])
        self.clock = clock
        self.timing = timing
        self.slot = slot
        self.stop = stop
    }

    func isOver(_ elapsed: Nanoseconds) -> Bool {
        stop.isRequested || timing.duration.map { elapsed >= $0 } ?? false
    }

    /// Ticks until the face has settled after the run's end; `around` is called with each tick to run it.
    func runControl(
        _ pipeline: ControlPipeline, from start: Nanoseconds,
        around: (_ elapsed: Nanoseconds, _ tick: () -> Void) -> Void = { $1() }
    ) -> TickSchedule {
        var schedule = TickSchedule(start: start, period: timing.controlPeriod)
        var reporter = StatusReporter(interval: 100_000_000, motionPeriod: timing.motionPeriod)
        var settled: Nanoseconds?
        while true {
            let elapsed = schedule.deadline - start
            if let settled {
                if elapsed >= settled { return schedule }
            } else if isOver(elapsed) {
                pipeline.settle(at: elapsed)
                settled = elapsed + pipeline.settleTime
            }
            around(elapsed) {
                clock.wait(until: schedule.deadline)
                let now = clock.now()
                let lateness = schedule.begin(now: now)
                pipeline.tick(elapsed: elapsed, now: now, lateness: lateness)
                reporter.report(pipeline, schedule, elapsed: elapsed, lateness: lateness, to: watchers)
                _ = schedule.finish(now: clock.now())
            }
        }
    }

    /// Runs one motion tick when it is due.
    func tickMotion(_ pipeline: inout MotionPipeline, _ schedule: inout TickSchedule) {
        clock.wait(until: schedule.deadline)
        let lateness = schedule.begin(now: clock.now())
        if let made = pipeline.tick(schedule.index, lateness: lateness) {
            slot.put(made.packet)
            portrait.put(made.portrait)
            observation?.motion.put { $0.read(made.packet, made.portrait, pipeline.sensed) }
        }
        _ = schedule.finish(now: clock.now())
    }

    /// Runs both rates in threads of their own until the face has settled; `whileRunning` is called on this thread again
    /// and again until then.
    public func run(
        motion: sending MotionPipeline, control: sending ControlPipeline, whileRunning: () -> Void
    ) throws -> Report {
        // Both threads are there before the first deadline.
        let start = clock.now() + 2_000_000
        tap?.runStarts(at: start)
        let motionResult = Handover<(TickSchedule, MotionPipeline.Report)>()
        let controlResult = Handover<(TickSchedule, ControlPipeline.Report, Bool)>()
        let isDone = StopFlag()
        let motionThread = try RealTimeThread(name: "mien-motion") { _ in
            var pipeline = motion
            var schedule = TickSchedule(start: start, period: timing.motionPeriod)
            while !isOver(schedule.deadline - start) { tickMotion(&pipeline, &schedule) }
            motionResult.put((schedule, pipeline.report))
        }
        let controlThread = try RealTimeThread(name: "mien-control", priority: 50) { isRealTime in
            let schedule = runControl(control, from: start)
            controlResult.put((schedule, control.report, isRealTime))
            isDone.request()
        }
        while !isDone.isRequested { whileRunning() }
        controlThread.join()
        motionThread.join()
        guard let control = controlResult.take(), let motion = motionResult.take() else {
            preconditionFailure("a joined thread has left its report")
        }
        return Report(
            control: control.1, controlSchedule: control.0, motion: motion.1, motionSchedule: motion.0,
            isRealTime: control.2)
    }
}

extension Controller where Clock == VirtualClock {
    /// Steps both rates on this thread in a fixed order, as fast as it can; `afterTick` follows each control tick.
    public func runVirtually(
        motion: MotionPipeline, control: ControlPipeline, afterTick: (Nanoseconds) -> Void = { _ in }
    ) -> Report {
        var motion = motion
        var schedule = TickSchedule(start: 0, period: timing.motionPeriod)
        tap?.runStarts(at: 0)
        let controlSchedule = runControl(control, from: 0) { elapsed, tick in
            while schedule.deadline < elapsed, !isOver(schedule.deadline) { tickMotion(&motion, &schedule) }
            tick()
            if schedule.deadline == elapsed, !isOver(elapsed) { tickMotion(&motion, &schedule) }
            afterTick(elapsed)
        }
        return Report(
            control: control.report, controlSchedule: controlSchedule, motion: motion.report,
            motionSchedule: schedule, isRealTime: false)
    }
}
