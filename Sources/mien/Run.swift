import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Runtime
import Telemetry

/// `mien run`: the main job, from a person to the servos.
struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a robot's face: watch a person, listen, idle, and move the servos.",
        discussion: """
            Without options this plays the conversation that ships with Mien to a simulated face. On a terminal it \
            draws the face and the servos; elsewhere it prints a line a second. Ctrl-C lets the face settle and ends.

            Exit codes: 0 the run ended as asked, 1 a limit was violated, 2 an input was bad and nothing moved.
            """)

    @Option(
        name: .long,
        help: .init(
            "Robot file, or the name of a robot that ships: ohbot, reachy-mini… (default: maestro-face-23)",
            valueName: "robot"))
    var robot: RobotFile?

    @Option(name: .long, help: .init("Calibration file. (default: the one named like the robot)", valueName: "file"))
    var calibration: String?

    @Option(
        name: .long,
        help: .init(
            "The person: a track CSV, a Live Link Face take or OpenFace output; 'udp://PORT' for whom datagrams bring, 'mqtt' for whom the broker does, 'none' "
                + "for nobody. "
                + "(default: the conversation that ships with Mien)", valueName: "file"))
    var person: String?

    @OptionGroup var port: PortOption

    @Option(name: .long, help: "Seed of everything random.", transform: Seed.parse)
    var seed: UInt64 = 0

    @OptionGroup var controls: ControlOptions

    @OptionGroup var mirror: MirrorOption

    @Option(
        help: "Seconds that the mirror is late, 0 to 5; people take 0.3 to 0.7. 0 mirrors in the next control tick.")
    var mirrorDelay = 0.0

    @OptionGroup var live: LiveRun

    @Option(
        name: .customLong("script"),
        help: .init(
            "A Lua script to start with, a file or its name in Scripts/; may be repeated. Saved changes are loaded at "
                + "once.", valueName: "file"))
    var scripts: [String] = []

    @Option(
        name: .customLong("config"),
        help: .init("Something that scripts read as config.NAME; may be repeated.", valueName: "name=value"))
    var settings: [String] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Whether the robot blinks, looks about and nods of itself. (default: it does, but for --models none)")
    var autonomy: Bool?

    @Option(
        name: .long,
        help: "Seconds to run, 0 for no end. (default: no end; with --virtual the length of the person's track)")
    var seconds: Double?

    @Flag(
        name: .customLong("virtual"), help: "Run on the virtual clock, as fast as possible and repeatable to the byte.")
    var isVirtual = false

    @Option(
        name: .long,
        help: .init(
            "Record the run to this MCAP file, for Foxglove, mien replay and mien plot.", valueName: "file"))
    var record: String?

    @Option(name: .long, help: "Motion models: 'trained', or 'none' to show the person's own face.")
    var models: ModelChoice = .trained

    @Option(name: .long, help: "Kernel set: auto, avx512, avx2 or portable (the same bytes on any x86-64 machine).")
    var kernels: String = "auto"

    @Flag(
        name: .long, help: "Print the summary as one JSON object on standard output; progress goes to standard error.")
    var json = false

    enum ModelChoice: String, ExpressibleByArgument, CaseIterable {
        case trained
        case none
    }

    func validate() throws {
        try OutputFiles.requireNames(
            [(person, "--person"), (calibration, "--calibration"), (record, "--record")]
                + scripts.map { ($0, "--script") })
        if person == "mqtt", !live.bridge.hasBroker {
            throw ValidationError("--person mqtt needs a broker: --mqtt mqtt://HOST")
        }
        if isVirtual, live.bridge.hasBroker {
            throw ValidationError("--virtual runs without a broker")
        }
        if let seconds, !(seconds >= 0 && seconds <= 1e7) {
            throw ValidationError("--seconds must be between 0 and 10000000")
        }
        guard (0...5).contains(mirrorDelay) else { throw ValidationError("--mirror-delay must be between 0 and 5") }
        if controls.blinkRate != nil, !isAutonomous {
            throw ValidationError("--blink-rate is of what the robot does by itself: --autonomy")
        }
        if models == .none, controls.intensity != 1 || controls.liveliness != 1 {
            throw ValidationError("--intensity and --liveliness are of what generators make: not with --models none")
        }
        for setting in settings where setting.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*=.*/) == nil {
            throw ValidationError("--config: found '\(setting)', expected name=value")
        }
    }

    func run() throws {
        let session = try makeSession()
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        let summary: RunSummary
        if isVirtual {
            summary = try session.runVirtually(stop: stop, record: record)
        } else {
            summary = try live.run(session, seed: seed, stop: stop, record: record, json: json)
        }
        print(try json ? summary.json : summary.text)
        if summary.limits.violations > 0 || summary.simulator.map({ $0.violations > 0 }) ?? false {
            throw ExitCode.failure
        }
    }

    private var isAutonomous: Bool { autonomy ?? (models == .trained) }

    private func behaviour(_ home: Home) -> Session.Behaviour {
        var behaviour = Session.Behaviour(folder: home.file("Scripts"))
        behaviour.moves = [home.file("Tracks"), home.file("Moves")]
        behaviour.scripts = scripts
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            behaviour.settings[String(parts[0])] = Scalar(typed: String(parts[1]))
        }
        behaviour.blinkRate = controls.blinkRate
        behaviour.mirrorGain = mirror.mirrorGain
        behaviour.mirrorDelay = mirrorDelay
        behaviour.isAutonomous = isAutonomous
        return behaviour
    }

    private func makeSession() throws -> Session {
        let home = try Home.find()
        try Session.selectKernels(kernels)
        let robot = robot ?? RobotFile(argument: home.file("Robots/maestro-face-23.yaml"))
        let personFile = person ?? home.file("Tracks/conversation.csv")
        var options = Session.Options(
            robot: robot.path, calibration: calibration ?? robot.calibration(in: home),
            person: personFile == "none" || personFile == "mqtt" || personFile.hasPrefix("udp://") ? nil : personFile,
            seed: seed)
        let read = [
            (options.robot, "the robot's file"), (options.calibration, "its calibration"),
            (options.person, "the person's track"),
        ]
        try OutputFiles.check(
            [(record, "the recording")],
            over: read.compactMap { path, meaning in path.map { ($0, meaning) } } + scripts.map { ($0, "a script") })
        if personFile.hasPrefix("udp://") { options.remotePerson = try DatagramPerson(personFile).inbox }
        if personFile == "mqtt" { options.remotePerson = PersonInbox() }
        options.ports = try port.ports(of: robot.description())
        options.seconds = seconds.flatMap { $0 > 0 ? $0 : nil }
        options.behaviour = behaviour(home)
        options.loopsPerson = person == nil
        let generators =
            switch models {
            case .trained: try Generators.trained(in: home, controls: controls.motion)
            case .none: try Generators.none(in: home)
            }
        var session = try Session(options: options, generators: generators)
        if isVirtual, session.options.seconds == nil { session.options.seconds = session.personSeconds ?? 60 }
        return session
    }
}
