import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Logging
import Synchronization
import Telemetry

/// The recordings of one run, one after the other: a tap that the ticks fill, and a thread that writes what it took to an
/// MCAP file.
///
/// The run never waits for it. When the file cannot be written, that is said once and the run goes on without. On the
/// virtual clock there is no thread: the recording is drained between the ticks, so equal runs give equal files.
final class Recorder: Sendable {
    let tap: RecordingTap
    private let sink = Mutex<Sink?>(nil)
    private let robot: RobotDescription
    private let encoder: RunEncoder
    private let now: @Sendable () -> Nanoseconds
    private let summary = Mutex<RunSummary.Recording?>(nil)
    private let job = Mutex<Job?>(nil)
    private let isBusy = Atomic<Bool>(false)
    private static let log = Logger(label: "mien.recorder")

    /// A recording on a thread of its own: what ends it, and who is to be told when it has.
    private final class Job: Sendable {
        private let isAsked = StopFlag()
        private let thread = Mutex<RealTimeThread?>(nil)
        private let listener = Mutex<(@Sendable (RunSummary.Recording) -> Void)?>(nil)

        /// Starts the thread; false when there is none to have.
        func start(_ body: @escaping @Sendable (Job) -> Void) -> Bool {
            thread.withLock { thread in
                thread = try? RealTimeThread(name: "mien-record") { [self] _ in body(self) }
                return thread != nil
            }
        }

        var isOver: Bool { isAsked.isRequested }

        func end(_ done: (@Sendable (RunSummary.Recording) -> Void)? = nil) {
            if let done { listener.withLock { $0 = done } }
            isAsked.request()
        }

        func tell(_ summary: RunSummary.Recording) { listener.withLock { $0 }?(summary) }

        func join() {
            let thread = thread.withLock { $0.take() }
            if let thread { thread.join() }
        }
    }

    /// How often what was taken goes to the disk: a killed process loses at most a second.
    private static let flushInterval: Nanoseconds = 500_000_000
    /// Microseconds between two looks into the tap.
    private static let turn: UInt32 = 50_000

    /// A recorder whose tap stands by; `begin` makes a file.
    init<Clock: TickClock>(robot: RobotDescription, timing: Controller<Clock>.Timing, clock: Clock) {
        self.robot = robot
        now = clock.now
        encoder = RunEncoder(robot: robot, motionPeriod: timing.motionPeriod, controlPeriod: timing.controlPeriod)
        tap = RecordingTap(
            actuators: robot.actuators.count, controlRate: 1e9 / Double(timing.controlPeriod),
            motionRate: 1e9 / Double(timing.motionPeriod), now: now)
    }

    /// Why no recording can be begun or ended.
    enum Refusal: Error, CustomStringConvertible {
        case isRecording, isNotRecording
        case cannotBegin(RecordingError)

        var description: String {
            switch self {
            case .isRecording: "a recording goes on already"
            case .isNotRecording: "no recording goes on"
            case .cannotBegin(let error): error.description
            }
        }
    }

    /// The file of the recording that goes on.
    var current: String? {
        guard isBusy.load(ordering: .acquiring) else { return nil }
        return summary.withLock { $0?.failure == nil ? $0?.file : nil }
    }

    /// Begins a recording: on a thread of its own, or, of a run on the virtual clock, on this one.
    ///
    /// - Parameter opened: told whether the file was made; when it was not, that is logged as well.
    func begin(
        _ manifest: RunManifest, at path: String, opened: @escaping @Sendable (Refusal?) -> Void = { _ in }
    ) {
        guard !isBusy.exchange(true, ordering: .acquiringAndReleasing) else { return opened(.isRecording) }
        summary.withLock { $0 = RunSummary.Recording(file: path) }
        // What finds the queues full while the file is made is lost to this recording, and counted as its.
        let dropped = tap.dropped
        if manifest.isVirtual { return open(path, manifest, droppedBefore: dropped, opened) }
        tap.open()
        let next = Job()
        // One that has ended waits to be joined.
        job.withLock { job in
            defer { job = next }
            return job
        }?.join()
        let isStarted = next.start { [self] job in
            open(path, manifest, droppedBefore: dropped, opened)
            write(until: job)
            isBusy.store(false, ordering: .releasing)
            if let facts = summary.withLock({ $0 }) { job.tell(facts) }
        }
        guard !isStarted else { return }
        isBusy.store(false, ordering: .releasing)
        fail(RecordingError(path: path, code: EAGAIN), opened)
    }

    private func open(
        _ path: String, _ manifest: RunManifest, droppedBefore: Int, _ opened: (Refusal?) -> Void
    ) {
        // Messages carry the wall's time of now plus what the run's own clock, which never jumps, says has passed.
        let wall = manifest.isVirtual ? 0 : Nanoseconds(Date().timeIntervalSince1970 * 1e9) - now()
        do throws(RecordingError) {
            try sink.withLock { (sink) throws(RecordingError) in
                sink = try Sink(
                    path: path, manifest: manifest, robot: robot, wall: wall, encoder: encoder,
                    droppedBefore: droppedBefore)
            }
            tap.open()
            opened(nil)
        } catch {
            fail(error, opened)
        }
    }

    private func fail(_ error: RecordingError, _ opened: (Refusal?) -> Void) {
        tap.close()
        summary.withLock { $0?.failure = error.description }
        Self.log.warning("not recording: \(error); the robot goes on")
        opened(.cannotBegin(error))
    }

    private func write(until job: Job) {
        // A file at its largest is an error to report, not a signal to die of.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGXFSZ)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let clock = SystemClock()
        var flushed = clock.now()
        while !job.isOver, sink.withLock({ $0 != nil }) {
            usleep(Self.turn)
            let isDue = clock.now() - flushed >= Self.flushInterval
            if isDue { flushed = clock.now() }
            drain(andFlush: isDue)
        }
        close()
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

    /// Asks the recording that goes on to end; `done` is told when the file is whole.
    func end(_ done: @escaping @Sendable (Result<RunSummary.Recording, Refusal>) -> Void) {
        guard isBusy.load(ordering: .acquiring), let job = job.withLock({ $0 }) else {
            return done(.failure(.isNotRecording))
        }
        job.end { done(.success($0)) }
    }

    /// Ends whatever goes on, and says what became of the newest recording; nil when there was none.
    func finish() -> RunSummary.Recording? {
        if let job = job.withLock({ $0 }) {
            job.end()
            job.join()
        }
        close()
        return summary.withLock { $0 }
    }

    /// Writes what is left and the index.
    private func close() {
        tap.close()
        sink.withLock { sink in
            guard sink != nil else { return }
            do throws(RecordingError) {
                try sink?.drain(tap)
                try sink?.finish(tap)
                note(sink)
                sink = nil
            } catch {
                fail(error, &sink)
            }
        }
    }

    private func fail(_ error: RecordingError, _ sink: inout Sink?) {
        tap.close()
        note(sink)
        sink = nil
        summary.withLock { $0?.failure = error.description }
        Self.log.warning("the recording ends here: \(error); the robot goes on")
    }

    private func note(_ sink: Sink?) {
        guard let sink else { return }
        let dropped = sink.dropped(tap)
        summary.withLock { summary in
            summary?.messages = sink.messages
            summary?.bytes = sink.byteCount
            summary?.dropped = dropped
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
    private let droppedBefore: Int
    private(set) var messages = 0

    var byteCount: UInt64 { writer.byteCount }

    init(
        path: String, manifest: RunManifest, robot: RobotDescription, wall: Nanoseconds, encoder: RunEncoder,
        droppedBefore: Int
    ) throws(RecordingError) {
        var writer = try MCAPWriter(
            store: try RecordingFile(path: path), library: "mien",
            metadata: [(RunManifest.name, manifest.pairs)])
        channels = RunChannels(robot: robot).all.map { writer.addChannel($0) }
        for attachment in manifest.attachments { try writer.attach(attachment, at: UInt64(clamping: wall)) }
        self.droppedBefore = droppedBefore
        self.writer = writer
        self.encoder = encoder
        self.wall = wall
        actuators = robot.actuators.count
    }

    func flush() throws(RecordingError) { try writer.flush() }

    /// What found the queues full while this was written.
    func dropped(_ tap: RecordingTap) -> Int { tap.dropped - droppedBefore }

    func finish(_ tap: RecordingTap) throws(RecordingError) {
        try writer.finish([("messages", String(messages)), ("dropped", String(dropped(tap)))])
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
