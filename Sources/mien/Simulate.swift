import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Hardware
import Synchronization
import Telemetry

/// Set by the signal handler, which may touch nothing else.
private let stopRequested = Atomic<Bool>(false)

/// `mien simulate`: a robot that is not there, behind a pseudo-terminal.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a robot: open a pseudo-terminal, understand its bytes, move its servos.",
        discussion: """
            The first line of output is the path to open as a serial port, the second that of the control socket. The \
            socket answers one JSON object a line: {"ask":"status"}, {"ask":"path"}, {"ask":"quit"}, \
            {"do":"unplug"}, {"do":"replug"}.
            """)

    @Argument(help: "The robot's file, or the name of one that ships: ohbot, reachy-mini…")
    var robot: RobotFile

    @Option(help: "The bus to be, for robots with several.")
    var bus: String?

    @Option(help: "A symbolic link to keep pointing at the pseudo-terminal.")
    var link: String?

    @Option(help: "Where the control socket goes (default: a private temporary folder).")
    var control: String?

    @Option(
        help:
            "Hide from the servos where their horns stand (offset, gain, bend, play), by this seed: something to calibrate.",
        transform: Seed.parse)
    var hidden: UInt64?

    @Option(help: "Give the mechanism ends inside of the robot file's limits, by this seed.", transform: Seed.parse)
    var stops: UInt64?

    @Option(help: ArgumentHelp("End when this process is no longer the parent.", visibility: .hidden))
    var parentPid: Int32?

    @Flag(help: "Say the paths as one line of JSON, and the status at the end.")
    var json = false

    func run() throws {
        let description = try robot.description()
        let place = bus.map { name in description.buses.firstIndex { $0.name == name } } ?? 0
        guard let place else {
            throw ValidationError("\(robot.path) has no bus \(bus ?? ""); it has \(names(description))")
        }
        let folder = try control == nil ? Self.privateFolder() : nil
        defer {
            if let folder { try? FileManager.default.removeItem(atPath: folder) }
        }
        Self.catchSignals()
        let socket = control ?? (folder ?? "") + "/control"
        switch description.buses[place].kind {
        case .maestro(let settings):
            try serve(SimulatedMaestro(robot: description, bus: place, settings: settings), description, socket)
        case .dynamixel: try serve(SimulatedDynamixel(robot: description, bus: place), description, socket)
        case .feetech: try serve(SimulatedFeetech(robot: description, bus: place), description, socket)
        case .ohbot: try serve(SimulatedOhbot(robot: description, bus: place), description, socket)
        case .firmata: try serve(SimulatedFirmata(robot: description, bus: place), description, socket)
        }
    }

    private func serve<Device: SimulatedDevice & ~Copyable>(
        _ device: consuming Device, _ description: RobotDescription, _ socket: String
    ) throws {
        let service = try SimulatorService(
            robot: device, link: link, controlPath: socket,
            horns: hidden.map { HiddenHorns(robot: description, seed: $0) },
            stops: stops.map { HiddenStops(robot: description, seed: $0) })
        try announce(service)
        let isLive = !json && isatty(STDOUT_FILENO) == 1
        var view = SimulatorView(robot: description)
        try service.run(
            parent: parentPid, mustStop: { stopRequested.load(ordering: .relaxed) },
            view: isLive ? { Self.write(view.draw($0)) } : nil)
        let status = service.status
        if json {
            Self.write(try Self.line(status))
        } else if !isLive {
            Self.write(view.summary(status) + "\n")
        }
    }

    private func names(_ robot: RobotDescription) -> String { robot.buses.map(\.name).joined(separator: ", ") }

    private func announce<Device: SimulatedDevice & ~Copyable>(_ service: SimulatorService<Device>) throws {
        let path = service.path ?? ""
        Self.write(
            json
                ? try Self.line(["path": path, "link": service.link, "control": service.controlPath])
                : path + "\n" + service.controlPath + "\n")
    }

    private static func privateFolder() throws -> String {
        let folder = (NSTemporaryDirectory() as NSString)
            .appendingPathComponent("mien-" + UUID().uuidString.prefix(8).lowercased())
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        return folder
    }

    private static func catchSignals() {
        // Touched here first, so that the handler finds it made.
        stopRequested.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in stopRequested.store(true, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    private static func line(_ value: some Encodable) throws -> String { try JSONText.line(value) + "\n" }

    /// Writes at once: whoever started this waits for the first line.
    private static func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) }
}

/// The simulator on a terminal: one bar a servo, drawn over the last one.
private struct SimulatorView {
    private let neutral: [String: Double]
    private var height = 0

    init(robot: RobotDescription) {
        neutral = Dictionary(robot.actuators.map { ($0.name, $0.neutralRaw) }) { first, _ in first }
    }

    /// The text that replaces the last picture.
    mutating func draw(_ status: SimulatorStatus) -> String {
        let width = status.servos.map(\.name.count).max() ?? 0
        var lines = status.servos.map { servo in
            let bar = ServoBar.text(
                position: servo.position, lower: servo.minimum,
                neutral: neutral[servo.name] ?? servo.minimum, upper: servo.maximum, width: 40)
            let unit = ServoScale.Unit(rawValue: servo.unit)?.symbol ?? servo.unit
            let pulse = servo.isOn ? "\(Int(servo.position.rounded())) \(unit)" : "not driven"
            return servo.name.padding(toLength: width, withPad: " ", startingAt: 0) + "  \(bar)  \(pulse)"
        }
        lines.append(summary(status))
        defer { height = lines.count }
        return (height > 0 ? "\u{1B}[\(height)A" : "") + lines.map { $0 + "\u{1B}[K\n" }.joined()
    }

    func summary(_ status: SimulatorStatus) -> String {
        let travel = status.servos.reduce(0) { $0 + $1.travel }
        return "\(status.bytes) bytes, \(status.frames) frames, \(status.violationCount) limit violations, "
            + "\(status.protocolErrors) protocol errors, \(Int(travel)) \(status.servos.first?.unit ?? "") travelled"
    }
}
