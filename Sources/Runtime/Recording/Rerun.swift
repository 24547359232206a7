import Actuation
import FaceKit
import Foundation
import Hardware
import Inference
import Perception
import Telemetry

/// The controller run again from a recording's inputs, tick by tick as they were, each output held against the recorded
/// one bit for bit.
public final class Rerun {
    /// The first output that differs.
    public struct Difference: Equatable, Sendable, CustomStringConvertible {
        /// The channel's topic.
        public var channel: String
        /// The motion tick of `/motion`, else the control tick.
        public var tick: Int
        public var seconds: Double
        /// What of the message it is: a field, or a byte.
        public var place: String
        public var recorded, rerun: String

        public var description: String {
            let rate = channel == RunChannels.topic(.motion) ? "motion" : "control"
            return String(format: "\(rate) tick %d (%.3f s), ", tick, seconds)
                + "\(channel) \(place): recorded \(recorded), the rerun makes \(rerun)"
        }
    }

    /// What was compared, and what came of it.
    public struct Outcome: Sendable {
        public var controlTicks = 0
        public var motionTicks = 0
        public var commands = 0
        /// Bytes of all buses.
        public var busBytes = 0
        /// Nil when every output is equal.
        public var difference: Difference?
    }

    public private(set) var outcome = Outcome()

    private let run: RecordedRun
    private let person = RerunPerson()
    private let tap: RerunTap
    private let console: Console
    private let slot: LatestValueSlot<MotionPacket>
    private let stop = StopLatch()
    private let reflexes = LatestValueSlot(PersonFrame())
    private let buses: [BusRerun]
    private var motion: MotionPipeline
    private let control: ControlPipeline
    private let timing: Controller<VirtualClock>.Timing

    // What was read and not yet run again.
    private var persons: [RecordedPersonFrame] = []
    private var motions: [RecordedMessage] = []
    private var controls: [(control: RecordedMessage, targets: RecordedMessage?)] = []
    private var commands: [(tick: Int, command: Command)] = []
    private var writes: [[(message: RecordedMessage, bytes: RecordedBytes)]]
    private var lastMade = -1
    private var newest: MotionPacket?

    /// How long a message of one channel may come after those of another that happened later, nanoseconds.
    private static let disorder: UInt64 = 2_000_000_000

    /// - Parameters:
    ///   - run: the recording.
    ///   - home: where the models are, which must be the ones that ran.
    public init(_ run: RecordedRun, in home: Home) throws {
        self.run = run
        guard run.manifest.isWhole else { throw RecordedRun.Error.notWhole(path: run.path) }
        guard let kernels = KernelSet(rawValue: run.manifest.kernels) else {
            throw Session.UnknownKernels(name: run.manifest.kernels)
        }
        try KernelSet.select(kernels)
        let session = try Session(options: run.options(in: home), generators: run.generators(in: home))
        timing = session.timing(VirtualClock.self)
        slot = LatestValueSlot(MotionPacket.neutral(session.generators.neutral))
        buses = run.robot.buses.indices.map {
            BusRerun(robot: run.robot, bus: $0, isVirtual: run.manifest.isVirtual)
        }
        writes = buses.map { _ in [] }
        console = Console(robot: run.manifest.robot, waitingCommands: 1024)
        tap = RerunTap(
            RunEncoder(robot: run.robot, motionPeriod: timing.motionPeriod, controlPeriod: timing.controlPeriod))
        motion = try session.motionPipeline(person: person, console: console, isVirtual: true)
        motion.tap = tap
        control = session.controlPipeline(
            buses: buses, slot: slot,
            wakeUp: WakeUp(neutral: session.neutralPositions, measured: run.manifest.starts), timing: timing,
            stop: stop,
            reflexes: reflexes)
        control.tap = tap
    }

    /// Runs all of it again, or until the first difference.
    public func verify() throws -> Outcome {
        let topics = Dictionary(uniqueKeysWithValues: RunChannels.Kind.allCases.map { (RunChannels.topic($0), $0) })
        let busTopics = RunChannels(robot: run.robot).buses
        var latest: UInt64 = 0
        var count = 0
        try run.forEachMessage { message in
            guard outcome.difference == nil else { return }
            latest = max(latest, message.time)
            if let kind = topics[message.topic] {
                try take(message, kind)
            } else if let bus = busTopics.firstIndex(of: message.topic) {
                writes[bus].append((message, try run.decode(RecordedBytes.self, message)))
            }
            count += 1
            if count.isMultiple(of: 512) { try advance(before: latest > Self.disorder ? latest - Self.disorder : 0) }
        }
        try advance(before: .max)
        outcome.busBytes = buses.reduce(0) { $0 + $1.bytesCompared }
        return outcome
    }

    private func take(_ message: RecordedMessage, _ kind: RunChannels.Kind) throws {
        switch kind {
        case .person: persons.append(try run.decode(RecordedPersonFrame.self, message))
        case .motion: motions.append(message)
        case .control: controls.append((message, nil))
        case .targets:
            guard let last = controls.indices.last, controls[last].targets == nil else {
                throw run.bad(message, "behind a control tick")
            }
            controls[last].targets = message
        case .command:
            guard var fields = try? JSONDecoder().decode([String: Scalar].self, from: Data(message.bytes)) else {
                throw run.bad(message, "a command")
            }
            fields["time_s"] = nil
            // What the control tick took from the latch stands in its own message.
            guard case .number(let tick)? = fields.removeValue(forKey: "tick") else { return }
            guard let command = try? Command(fields: fields), let tick = Int(exactly: tick) else {
                throw run.bad(message, "a command")
            }
            commands.append((tick, command))
        case .event: break
        }
    }

    // MARK: - Ticks

    /// Runs the ticks again whose messages are older than a time.
    private func advance(before limit: UInt64) throws {
        var done = 0
        while outcome.difference == nil, done < controls.count, controls[done].control.time < limit {
            let (message, targets) = controls[done]
            done += 1
            guard let targets else {
                if limit == .max { break }
                throw run.bad(message, "followed by its targets")
            }
            try runControl(message, targets)
        }
        controls.removeFirst(done)
        while outcome.difference == nil, let next = motions.first, next.time < limit, controls.isEmpty || limit != .max
        {
            try runMotion()
        }
        if limit == .max {
            while outcome.difference == nil, !motions.isEmpty { try runMotion() }
            for bus in buses.indices where outcome.difference == nil { compareWrites(bus, began: .max, tick: nil) }
        }
    }

    private func runMotion() throws {
        let message = motions.removeFirst()
        let recorded = try run.decode(RecordedMotion.self, message)
        guard !persons.isEmpty, persons[0].tick == recorded.tick, recorded.tick > lastMade else {
            throw run.bad(message, "a motion tick after \(lastMade), with its person")
        }
        person.frame = persons.removeFirst().frame
        while let next = commands.first, next.tick <= recorded.tick {
            commands.removeFirst()
            console.commands.put(next.command) { _ in }
            outcome.commands += 1
        }
        let lateness = try nanoseconds(recorded.latenessUs, message)
        newest = motion.tick(try checked(recorded.tick, timing.motionPeriod, message), lateness: lateness)?.packet
        lastMade = recorded.tick
        outcome.motionTicks += 1
        compare(message, tap.motion, tick: recorded.tick)
    }

    private func runControl(_ message: RecordedMessage, _ targets: RecordedMessage) throws {
        let recorded = try run.decode(RecordedControl.self, message)
        if let frame = recorded.frame {
            while outcome.difference == nil, lastMade < frame {
                guard !motions.isEmpty else { throw run.bad(message, "a tick whose frame \(frame) was recorded") }
                try runMotion()
            }
            guard outcome.difference == nil else { return }
            guard let packet = newest, packet.index == frame else {
                throw run.bad(message, "a tick that takes the newest frame; \(frame) is not")
            }
            slot.put(packet)
        }
        if let values = recorded.person { reflexes.put(PersonFrame(time: 0, sensed: values)) }
        if recorded.cleared == true { stop.clearByOperator() }
        if let cause = recorded.pressed.flatMap({ RunStatus.stopCauses.firstIndex(of: $0) }) {
            StopLatch.cause(UInt8(cause)).map(stop.press)
        }
        for bus in buses {
            bus.state = .open
            if recorded.lost?.contains(bus.name) == true { bus.state = .lost }
            if recorded.returned?.contains(bus.name) == true {
                bus.state = .returned
                for actuator in bus.actuators {
                    bus.resumed[actuator] = recorded.resumed?[run.robot.actuators[actuator].name] ?? 0
                }
            }
        }
        for (name, strain) in recorded.strain ?? [:] {
            guard let actuator = run.robot.index(ofActuator: name) else { continue }
            for bus in buses where bus.actuators.contains(actuator) {
                bus.strains[actuator] = strain.map {
                    Derating.Strain(
                        temperature: $0.temperature ?? .nan, load: $0.load ?? .nan, position: $0.position ?? .nan)
                }
            }
        }
        let tick = try checked(recorded.tick, timing.controlPeriod, message)
        let elapsed = Nanoseconds(tick) * timing.controlPeriod
        if recorded.settles == true { control.settle(at: elapsed) }
        control.tick(elapsed: elapsed, now: recorded.began, lateness: try nanoseconds(recorded.latenessUs, message))
        outcome.controlTicks += 1
        compare(message, tap.control, tick: tick)
        if outcome.difference == nil { compare(targets, tap.targets, tick: tick) }
        for bus in buses.indices where outcome.difference == nil {
            compareWrites(bus, began: recorded.began, tick: tick)
        }
    }

    /// A tick's index that is small enough for its time to be one.
    private func checked(_ tick: Int, _ period: Nanoseconds, _ message: RecordedMessage) throws -> Int {
        guard tick >= 0, tick < 10_000_000_000_000_000 / Int(period) else {
            throw run.bad(message, "of a tick in a run")
        }
        return tick
    }

    private func nanoseconds(_ microseconds: Double, _ message: RecordedMessage) throws -> Nanoseconds {
        guard (0...1e13).contains(microseconds) else { throw run.bad(message, "of a tick with a lateness") }
        return Nanoseconds((microseconds * 1000).rounded())
    }

    // MARK: - Comparing

    private func compare(_ message: RecordedMessage, _ rerun: [UInt8], tick: Int) {
        guard message.bytes != rerun else { return }
        let difference = JSONDifference(message.bytes, rerun)
        outcome.difference = Difference(
            channel: message.topic, tick: tick, seconds: seconds(of: message.topic, tick), place: difference.path,
            recorded: difference.first, rerun: difference.second)
    }

    private func seconds(of topic: String, _ tick: Int) -> Double {
        let period = topic == RunChannels.topic(.motion) ? timing.motionPeriod : timing.controlPeriod
        return Double(tick) * Double(period) / 1e9
    }

    /// Compares what a bus wrote up to the frame of the control tick that began then.
    private func compareWrites(_ bus: Int, began: Nanoseconds, tick: Int?) {
        var done = 0
        while done < writes[bus].count, outcome.difference == nil {
            let first = writes[bus][done]
            // What carries no frame comes in its turn; a frame waits for its tick.
            if let due = first.bytes.began, due > began { break }
            var end = done + 1
            while end < writes[bus].count, !writes[bus][end].bytes.start { end += 1 }
            let parts = writes[bus][done..<end]
            let batch = BusRerun.Batch(
                purpose: first.bytes.purpose, began: first.bytes.began, bytes: parts.flatMap { Array($0.bytes.bytes) },
                seconds: Double(first.bytes.began ?? 0) / 1e9)
            let isLast = end == writes[bus].count
            let isBeforeLoss = !isLast && [.question, .greeting].contains(writes[bus][end].bytes.purpose)
            done = end
            if let due = batch.began, due != began {
                outcome.difference = Difference(
                    channel: first.message.topic, tick: tick ?? -1, seconds: batch.seconds, place: "frame",
                    recorded: "one of a tick that began \(due) ns after the start", rerun: "no such tick")
                break
            }
            guard let found = buses[bus].compare(batch, mayBreakOff: isBeforeLoss || isLast && tick == nil) else {
                continue
            }
            func text(_ byte: UInt8?) -> String { byte.map { String(format: "0x%02X", $0) } ?? "nothing" }
            outcome.difference = Difference(
                channel: first.message.topic, tick: tick ?? outcome.controlTicks, seconds: batch.seconds,
                place: "\(found.purpose.rawValue) byte \(found.place)", recorded: text(found.recorded),
                rerun: text(found.rerun))
        }
        writes[bus].removeFirst(done)
    }
}

/// The person of a rerun: whoever was recorded at the tick.
private final class RerunPerson: PersonSource {
    var frame: PersonFrame?
    func frame(at time: Double) -> PersonFrame? { frame }
}

/// The tap of a rerun: keeps the newest messages as a recorder would have written them.
private final class RerunTap: RunTap, @unchecked Sendable {  // one thread steps a rerun from beginning to end
    private var encoder: RunEncoder
    private(set) var motion: [UInt8] = []
    private(set) var control: [UInt8] = []
    private(set) var targets: [UInt8] = []

    init(_ encoder: RunEncoder) { self.encoder = encoder }

    func runStarts(at start: Nanoseconds) {}
    func performs(_ command: Command, atMotionTick index: Int) {}

    func motionTick(_ moment: borrowing MotionMoment) {
        encoder.motion(moment)
        motion = encoder.bytes
    }

    func controlTick(_ moment: borrowing ControlMoment, _ numbers: ControlNumbers) {
        encoder.control(moment, began: moment.began, numbers)
        control = encoder.bytes
        encoder.targets(moment, began: moment.began, numbers)
        targets = encoder.bytes
    }
}
