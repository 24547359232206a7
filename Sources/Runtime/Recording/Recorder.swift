import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Logging
import Synchronization
import Telemetry

/// The recording of one run: a tap that the ticks fill, and a thread that writes what it took to an MCAP file.
///
/// The run never waits for it. When the file cannot be written, that is said once and the run goes on without. On the
/// virtual clock there is no thread: the recording is drained between the ticks, so equal runs give equal files.
final class Recorder: Sendable {
    let path: String
    let tap: RecordingTap
    private let sink = Mutex<Sink?>(nil)
    private let robot: RobotDescription
    private let encoder: RunEncoder
    private let now: @Sendable () -> Nanoseconds
    private let stop = StopFlag()
    private let summary: Mutex<RunSummary.Recording>
    private let thread = Mutex<RealTimeThread?>(nil)
    private static let log = Logger(label: "mien.recorder")

    /// How often what was taken goes to the disk: a killed process loses at most a second.
    private static let flushInterval: Nanoseconds = 500_000_000
    /// Microseconds between two looks into the tap.
    private static let turn: UInt32 = 50_000

    /// A recorder whose tap takes in what it is shown; `begin` makes the file.
    init<Clock: TickClock>(path: String, robot: RobotDescription, timing: Controller<Clock>.Timing, clock: Clock) {
        self.path = path
        self.robot = robot
        now = clock.now
        encoder = RunEncoder(robot: robot, motionPeriod: timing.motionPeriod, controlPeriod: timing.controlPeriod)
        tap = RecordingTap(
            actuators: robot.actuators.count, controlRate: 1e9 / Double(timing.controlPeriod),
            motionRate: 1e9 / Double(timing.motionPeriod), now: now)
        summary = Mutex(RunSummary.Recording(file: path))
    }

    /// Creates the file and, but for a run on the virtual clock, starts the thread. When that fails, it is said, and
    /// nothing is recorded.
    func begin(_ manifest: RunManifest) {
        // Messages carry the wall's time of now plus what the run's own clock, which never jumps, says has passed.
        let wall = manifest.isVirtual ? 0 : Nanoseconds(Date().timeIntervalSince1970 * 1e9) - now()
        do throws(RecordingError) {
            try sink.withLock { (sink) throws(RecordingError) in
                sink = try Sink(path: path, manifest: manifest, robot: robot, wall: wall, encoder: encoder)
            }
            if !manifest.isVirtual { startThread() }
        } catch {
            summary.withLock { $0.failure = error.description }
            tap.close()
            Self.log.warning("not recording: \(error); the robot goes on")
        }
    }

    private func startThread() {
        thread.withLock { thread in
            thread = try? RealTimeThread(name: "mien-record") { [self] _ in writeUntilStopped() }
            guard thread == nil else { return }
            tap.close()
            Self.log.warning("not recording: no thread is left for it; the robot goes on")
        }
    }

    private func writeUntilStopped() {
        // A file at its largest is an error to report, not a signal to die of.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let clock = SystemClock()
        var flushed = clock.now()
        while !stop.isRequested {
            usleep(Self.turn)
            let isDue = clock.now() - flushed >= Self.flushInterval
            if isDue { flushed = clock.now() }
            drain(andFlush: isDue)
        }
    }

    /// Takes all that waits in the tap into the file.
    func drain(andFlush: Bool = false) {
        sink.withLock { sink in
            guard sink != nil else { return }
            do throws(RecordingError) {
                try sink?.drain(tap)
                if andFlush { try sink?.flush() }
            } catch {
                fail(error, &sink)
            }
        }
    }

    /// Ends the thread, writes what is left and the index.
    @discardableResult
    func finish() -> RunSummary.Recording {
        stop.request()
        let thread = thread.withLock { $0.take() }
        if let thread { thread.join() }
        tap.close()
        sink.withLock { sink in
            guard sink != nil else { return }
            do throws(RecordingError) {
                try sink?.drain(tap)
                try sink?.finish(dropped: tap.dropped)
                note(sink)
                sink = nil
            } catch {
                fail(error, &sink)
            }
        }
        return summary.withLock { $0 }
    }

    private func fail(_ error: RecordingError, _ sink: inout Sink?) {
        tap.close()
        note(sink)
        sink = nil
        summary.withLock { $0.failure = error.description }
        Self.log.warning("the recording ends here: \(error); the robot goes on")
    }

    private func note(_ sink: Sink?) {
        let (messages, bytes) = (sink?.messages ?? 0, sink?.byteCount ?? 0)
        summary.withLock { summary in
            summary.messages = messages
            summary.bytes = bytes
            summary.dropped = tap.dropped
        }
    }
}

/// The side of a recording that writes: belongs to one thread at a time.
private final class Sink {
    private var writer: MCAPWriter<RecordingFile>
    private var encoder: RunEncoder
    private let channels: [UInt16]
    private let wall: Nanoseconds
    private let actuators: Int
    private(set) var messages = 0

    var byteCount: UInt64 { writer.byteCount }

    init(
        path: String, manifest: RunManifest, robot: RobotDescription, wall: Nanoseconds, encoder: RunEncoder
    ) throws(RecordingError) {
        var writer = try MCAPWriter(
            store: try RecordingFile(path: path), library: "mien",
            metadata: [(RunManifest.name, manifest.pairs)])
        channels = RunChannels(robot: robot).all.map { writer.addChannel($0) }
        for attachment in manifest.attachments { try writer.attach(attachment, at: UInt64(clamping: wall)) }
        self.writer = writer
        self.encoder = encoder
        self.wall = wall
        actuators = robot.actuators.count
    }

    func flush() throws(RecordingError) { try writer.flush() }

    func finish(dropped: Int) throws(RecordingError) {
        try writer.finish([("messages", String(messages)), ("dropped", String(dropped))])
    }

    private func write(_ channel: Int, at time: Nanoseconds) throws(RecordingError) {
        messages += 1
        try writer.write(encoder.bytes, to: channels[channel], at: UInt64(clamping: wall + time))
    }

    private func write(_ kind: RunChannels.Kind, at time: Nanoseconds) throws(RecordingError) {
        try write(kind.rawValue, at: time)
    }

    /// Nothing is written before the run's first deadline is known, as all times count from there.
    func drain(_ tap: RecordingTap) throws(RecordingError) {
        guard let start = tap.start else { return }
        var isLeft = true
        while isLeft { isLeft = try takeMotion(tap, start) }
        isLeft = true
        while isLeft { isLeft = try takeControl(tap, start) }
        for rarity in tap.takeRarities() { try take(rarity, start) }
    }

    private func takeMotion(_ tap: RecordingTap, _ start: Nanoseconds) throws(RecordingError) -> Bool {
        try tap.motion.take { (moment, _) throws(RecordingError) in
            let time = start + encoder.nanoseconds(of: moment)
            encoder.person(moment)
            try write(.person, at: time)
            encoder.motion(moment)
            try write(.motion, at: time)
        }
    }

    private func takeControl(_ tap: RecordingTap, _ start: Nanoseconds) throws(RecordingError) -> Bool {
        try tap.control.take { (moment, beside) throws(RecordingError) in
            let numbers = tap.numbers(beside)
            let began = moment.began - start
            if moment.stop != StopLatch.Taken() {
                encoder.stop(moment, at: began)
                try write(.command, at: moment.began)
            }
            encoder.control(moment, began: began, numbers)
            try write(.control, at: moment.began)
            encoder.targets(moment, began: began, numbers)
            try write(.targets, at: moment.began)
        }
    }

    private func take(_ rarity: RecordingTap.Rarity, _ start: Nanoseconds) throws(RecordingError) {
        switch rarity {
        case .command(let command, let tick, let time):
            encoder.command(command, tick: tick, at: time - start)
            try write(.command, at: time)
        case .event(let event, let time):
            encoder.event(event, at: time - start)
            try write(.event, at: time)
        case .bytes(let bytes, let part, let bus, let time):
            encoder.bus(bytes, part, at: time - start, start: start)
            try write(RunChannels.Kind.allCases.count + bus, at: time)
        }
    }
}
