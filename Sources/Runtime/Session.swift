import Actuation
import Behaviour
import FaceKit
import Foundation
import Hardware
import Inference
import Motion
import Perception
import Telemetry

/// A run of one robot from its files to its last byte: everything is loaded and checked before anything moves.
public struct Session: Sendable {
    /// What a user chooses.
    public struct Options: Sendable {
        /// Paths of the robot's and its calibration's YAML files.
        public var robot: String
        public var calibration: String
        /// Path of the person's track, nil for nobody.
        public var person: String?
        /// Serial devices by the names of their buses; none takes the robot file's, and a simulated face if that has none.
        public var ports: [String: String]
        public var seed: UInt64
        /// Seconds until the face settles; nil runs until stopped.
        public var seconds: Double?
        /// Whether the person's track starts again when it ends.
        public var loopsPerson: Bool
        /// Where the person's face comes from the broker, instead of a track.
        public var remotePerson: PersonInbox?
        /// Whether a recording is played: what it holds may stand still.
        public var isReplay = false
        /// Scripts and what the robot does of itself; nil shows the generators' own frames.
        public var behaviour: Behaviour?

        public init(
            robot: String, calibration: String, person: String?, ports: [String: String] = [:], seed: UInt64 = 0,
            seconds: Double? = nil, loopsPerson: Bool = false
        ) {
            self.robot = robot
            self.calibration = calibration
            self.person = person
            self.ports = ports
            self.seed = seed
            self.seconds = seconds
            self.loopsPerson = loopsPerson
        }
    }

    /// What a user chooses of the robot's behaviour.
    public struct Behaviour: Sendable {
        /// The folder with scripts, gestures and expressions.
        public var folder: String
        /// Folders with recorded moves.
        public var moves: [String] = []
        /// Files of scripts to start with, or their names in the folder.
        public var scripts: [String] = []
        /// What scripts see as `config`.
        public var settings: [String: Scalar] = [:]
        /// Blinks a minute; nil takes people's.
        public var blinkRate: Double?
        /// How much of the person's expression is mirrored, 0 to 1.
        public var mirrorGain: Float = 0
        /// Seconds later; a mirror without delay is a reflex of the control tick.
        public var mirrorDelay = 0.0
        /// Whether the robot blinks, looks about and nods of itself.
        public var isAutonomous = true

        public init(folder: String) { self.folder = folder }
    }

    public var options: Options
    public let robot: RobotDescription
    public let calibration: Calibration
    public let generators: Generators
    let track: Track?
    private let library: GestureLibrary?

    /// - Parameter track: the person, instead of the file that the options name.
    public init(options: Options, generators: Generators, track: Track? = nil) throws {
        self.options = options
        self.generators = generators
        robot = try RobotDescription(path: options.robot)
        calibration = try Calibration(path: options.calibration, robot: robot)
        self.track = try track ?? options.person.map { try TrackReader.read($0) }
        library = try options.behaviour.map { try GestureLibrary(folder: $0.folder) }
    }

    /// Seconds until the person's track ends, nil without one.
    public var personSeconds: Double? { track?.duration }

    /// The names of whoever may move the face, as the live picture's index has them.
    public static let driverNames = Driver.allCases.map { String(describing: $0) }

    /// Chooses the set of kernels that the models compute with: `auto` or a set's name.
    public static func selectKernels(_ name: String) throws {
        guard name != "auto" else { return }
        guard let set = KernelSet(rawValue: name) else { throw UnknownKernels(name: name) }
        try KernelSet.select(set)
    }

    /// A kernel set that nobody knows.
    public struct UnknownKernels: Error, CustomStringConvertible {
        public let name: String
        public var description: String {
            let known = (["auto"] + KernelSet.allCases.map(\.rawValue)).joined(separator: ", ")
            return "there is no kernel set named \"\(name)\", expected one of \(known)"
        }
    }

    /// The rows of the live picture.
    public var rows: [RunView.Row] {
        robot.actuators.map {
            RunView.Row(name: $0.name, lower: $0.limits.lower, neutral: $0.neutral, upper: $0.limits.upper)
        }
    }

    /// - Parameters:
    ///   - person: who is sensed, instead of whom the options name.
    ///   - notices: where events for the operator's terminal go.
    func motionPipeline(
        person: (any PersonSource)? = nil, console: Console? = nil, notices: EventStream? = nil, isVirtual: Bool
    ) throws -> MotionPipeline {
        let person: any PersonSource =
            person ?? options.remotePerson?.makeSource() ?? track.map {
                TrackPersonSource($0, rate: Generators.frameRate, loops: options.loopsPerson)
            }
            ?? AbsentPerson()
        var pipeline = MotionPipeline(
            person: person, idler: generators.suhmo?.makeStream(seed: options.seed),
            listener: generators.sfms?.makeStream(seed: options.seed), frameRate: Generators.frameRate,
            portrait: generators.portrait, console: console)
        pipeline.mayStandStill = options.isReplay || generators.controls.intensity == 0
        if let behaviour = options.behaviour, let library {
            pipeline.behaviour = try BehaviourStage(
                choice: behaviour, library: library, frameRate: Generators.frameRate, seed: options.seed,
                robot: robot.name, isVirtual: isVirtual, events: [console?.events, notices].compactMap { $0 },
                stop: console?.stop, portrait: generators.portrait)
        }
        return pipeline
    }

    /// The relaxed face of this unit, radians, in the robot file's order.
    var neutralPositions: [Double] { Retargeter(robot: robot, calibration: calibration).neutral }

    /// How often this session ticks.
    func timing<Clock: TickClock>(_: Clock.Type) -> Controller<Clock>.Timing {
        .init(controlRate: robot.controlRate, motionRate: Generators.frameRate, seconds: options.seconds)
    }

    /// Assembles the control side around its bus outputs.
    func controlPipeline<Clock: TickClock>(
        buses: [any BusOutput], slot: LatestValueSlot<MotionPacket>, wakeUp: WakeUp, timing: Controller<Clock>.Timing,
        stop: StopLatch = StopLatch(), reflexes: LatestValueSlot<PersonFrame>? = nil
    ) -> ControlPipeline {
        ControlPipeline(
            robot: robot, calibration: calibration, buses: buses, slot: slot, neutral: generators.neutral,
            framePeriod: timing.motionPeriod, period: timing.controlPeriod, wakeUp: wakeUp, stop: stop,
            metric: FaceMetric(basis: generators.basis), reflexInput: reflexes ?? options.remotePerson?.reflexes)
    }

    /// Puts a run's figures together.
    func summary<Clock: TickClock>(
        _ report: Controller<Clock>.Report, buses: [(output: any BusOutput, port: String)], wallSeconds: Double,
        realTime: String, startToFirstByteMs: Double?, simulator: SimulatorStatus?
    ) -> RunSummary {
        let timing = timing(Clock.self)
        var times = report.control.times
        times.add(report.motion.times)
        func ticks(_ schedule: TickSchedule) -> RunSummary.Ticks {
            RunSummary.Ticks(
                rateHz: 1e9 / Double(schedule.period), ticks: schedule.ticks, late: schedule.late,
                skippedPeriods: schedule.skipped)
        }
        return RunSummary(
            robot: robot.name, person: options.person ?? (options.remotePerson?.name ?? "nobody"),
            seed: options.seed,
            isVirtual: Clock.self == VirtualClock.self,
            seconds: Double(report.controlSchedule.index) * Double(timing.controlPeriod) / 1e9,
            wallSeconds: wallSeconds, kernels: KernelSet.active.rawValue, realTime: realTime,
            startToFirstByteMs: startToFirstByteMs, control: ticks(report.controlSchedule),
            motionTicks: ticks(report.motionSchedule), motion: motionFigures(report),
            limits: RunSummary.Limits(
                notFinite: report.control.interventions.notFinite, outOfRange: report.control.interventions.outOfRange,
                held: report.control.interventions.held, violations: report.control.violations.total),
            buses: buses.map { bus in
                let statistics = bus.output.statistics
                return RunSummary.Bus(
                    name: bus.output.name, port: bus.port, bytes: statistics.bytesWritten,
                    frames: statistics.framesWritten, overwritten: statistics.framesOverwritten,
                    sha256: statistics.sha256, timesLost: statistics.losses)
            },
            simulator: simulator.map { status in
                RunSummary.Simulator(
                    bytes: status.bytes, servosMoved: status.servos.count { $0.travel > 1 },
                    violations: status.violationCount, errors: status.protocolErrors)
            },
            stages: times.all)
    }

    private func motionFigures<Clock: TickClock>(_ report: Controller<Clock>.Report) -> RunSummary.Motion {
        var motion = RunSummary.Motion()
        motion.suhmoFrames = report.motion.counts.suhmoFrames
        motion.sfmsFrames = report.motion.counts.sfmsFrames
        motion.personFrames = report.motion.counts.personFrames
        motion.failed = report.motion.counts.failed
        motion.failure = report.motion.lastFailure
        let counts = report.control.counts
        motion.played = counts.played
        motion.missed = counts.missed
        motion.late = counts.late
        motion.notFinite = counts.notFinite
        motion.frozen = counts.frozen
        motion.fallbacks = counts.fallbacks
        motion.fallbackTicks = counts.fallbackTicks
        return motion
    }
}
