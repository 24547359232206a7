import Actuation
import Dispatch
import FaceKit
import Hardware
import Telemetry
import Testing

@testable import Runtime

/// The language of one bus as a test's own bus speaks it: frames, and the question for health now and then.
struct HandWrittenLine {
    private(set) var language: any ActuatorBus
    private let framesPerHealthRequest: Int
    private var framesSinceHealth = 0

    init(robot: RobotDescription) {
        language = BusLanguage.of(robot, bus: 0)
        framesPerHealthRequest = RobotLines.framesPerHealthRequest(robot, bus: 0)
    }

    mutating func forget() { language.forget() }

    /// The bytes that tell the servos where to go.
    mutating func frame(_ positions: Span<Double>, enabled: Span<Bool>) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: language.frameCapacity)
        let count = bytes.withUnsafeMutableBytes { language.encode(positions, enabled: enabled, into: $0) }
        bytes.removeLast(bytes.count - count)
        framesSinceHealth += 1
        guard framesSinceHealth >= framesPerHealthRequest else { return bytes }
        framesSinceHealth = 0
        return bytes + language.healthRequest
    }
}

/// A recorded run whose ticks a test takes one by one, with a bus of its own.
final class HandSteppedRun<Bus: BusOutput> {
    let clock = VirtualClock(startingAt: 5_000_000_000)
    let console = Console(robot: "test")
    let timing: Controller<VirtualClock>.Timing
    let slot: LatestValueSlot<MotionPacket>
    let bus: Bus
    let control: ControlPipeline
    var motion: MotionPipeline
    private let recorder: Recorder
    private let start: Nanoseconds

    /// - Parameter offset: how far from neutral the servos were when the run before ended, rad or m.
    init(
        _ session: Session, to path: String, offset: Double = 0,
        bus make: (RobotDescription, @escaping BusTap) -> Bus
    ) throws {
        timing = session.timing(VirtualClock.self)
        recorder = Recorder(robot: session.robot, timing: timing, clock: clock)
        recorder.tap.open()
        slot = LatestValueSlot(MotionPacket.neutral(session.generators.neutral))
        bus = make(session.robot, recorder.tap.busTap(0))
        let wakeUp = WakeUp(
            neutral: session.neutralPositions, lastCommanded: session.neutralPositions.map { $0 + offset })
        control = session.controlPipeline(buses: [bus], slot: slot, wakeUp: wakeUp, timing: timing, stop: console.stop)
        motion = try session.motionPipeline(console: console, isVirtual: true)
        control.tap = recorder.tap
        motion.tap = recorder.tap
        let isOpen = DispatchSemaphore(value: 0)
        recorder.begin(RunManifest(session, starts: wakeUp.starts.map(\.position), isVirtual: false), at: path) { _ in
            isOpen.signal()
        }
        // Ticks taken by hand pass faster than real ones: the queues are not made for all of them.
        isOpen.wait()
        start = clock.now() + 2_000_000
        recorder.tap.runStarts(at: start)
    }

    /// A control tick, that late.
    func controlTick(_ tick: Int, lateness: Nanoseconds = 0, before: (Nanoseconds) -> Void = { _ in }) {
        let elapsed = Nanoseconds(tick) * timing.controlPeriod
        clock.wait(until: start + elapsed + lateness)
        before(elapsed)
        control.tick(elapsed: elapsed, now: clock.now(), lateness: lateness)
        recorder.drain()
    }

    /// Closes the recording, of which nothing may be missing.
    func finish() throws {
        bus.finish()
        let recording = try #require(recorder.finish())
        #expect(recording.dropped == 0 && recording.failure == nil)
    }
}
