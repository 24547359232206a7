import Actuation
import ArgumentParser
import FaceKit
import Foundation
import Hardware
import Runtime

/// `mien calibrate record`: moves the face for a tracker to watch.
struct CalibrateRecord: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Move the face through what it can do while a tracker records it, and log what it was told.",
        discussion: """
            Point a face tracker (Live Link Face, OpenFace or any that writes a track) at the robot, start its recording, \
            then this. Both clocks may be up to five seconds apart. `mien calibrate fit` makes a calibration of the two \
            files. With --hidden and no port, the tracker is simulated as well.
            """)

    @Argument(help: "The robot file.", completion: .file(extensions: ["yaml"]))
    var robot: String

    @OptionGroup var port: PortOption

    @Option(help: .init("What is told each actuator, as CSV.", valueName: "file"))
    var log: String

    @Option(
        help: .init(
            "Whose tables say how far each actuator goes. (default: the calibration named like the robot)",
            valueName: "file"))
    var calibration: String?

    @Option(help: "Share of each actuator's speed that is used, 0.01 to 1.")
    var speed = 0.3

    @Option(help: "Places on each actuator's way, 7 to 60.")
    var levels = 11

    @Option(help: "Poses of all actuators afterwards, 0 to 1000.")
    var poses = 40

    @Option(help: "Seconds at rest in each place, 0.3 to 10.")
    var rest = 0.4

    @Option(help: "Without a port: hide what the simulated face does by this seed.")
    var hidden: UInt64?

    @Option(help: .init("With --hidden: what a simulated tracker sees, as a track.", valueName: "file"))
    var track: String?

    func validate() throws {
        guard (0.01...1).contains(speed) else { throw ValidationError("--speed must be between 0.01 and 1") }
        guard (7...60).contains(levels) else { throw ValidationError("--levels must be between 7 and 60") }
        guard (0...1000).contains(poses) else { throw ValidationError("--poses must be between 0 and 1000") }
        guard (0.3...10).contains(rest) else { throw ValidationError("--rest must be between 0.3 and 10") }
        if track != nil, hidden == nil { throw ValidationError("--track goes with --hidden") }
    }

    func run() throws {
        let description = try RobotDescription(path: robot)
        let nominalFile = try calibration ?? Home.find().file("Calibration/\((robot as NSString).lastPathComponent)")
        let nominal = try Calibration(path: nominalFile, robot: description)
        let lines = try RobotLines(
            robot: description, path: robot, ports: try port.ports(of: description), hidden: hidden)
        defer { lines.finish() }
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        var care = CalibrationRun.Care()
        care.speed = speed
        care.rest = rest
        let starts = zip(lines.measured(count: description.actuators.count), description.neutral).map { $0 ?? $1 }
        var run = CalibrationRun(
            robot: description, nominal: nominal, outputs: lines.buses.map(\.output), starts: starts, care: care,
            stop: stop)
        let face = hidden.map { HiddenFace(robot: description, calibration: nominal, seed: $0) }
        var seen = Track(frames: [], channels: .face)
        var bar = ProgressLine(
            total: description.actuators.count * (2 * levels + 1) + poses, label: "face", unit: "places")
        let told = try run.perform(levels: levels, poses: poses) { seconds in
            guard let face, track != nil else { return }
            let angles = try lines.hiddenAngles().mapValues { $0 * .pi / 180 }
            let values = face.seen(face.face(angles: angles), frame: UInt32(seen.frames.count))
            seen.frames.append(Self.frame(values, time: seconds))
        } progress: { _, _ in
            bar.advance()
        }
        bar.finish()
        try told.csv(robot: description).write(toFile: log, atomically: true, encoding: .utf8)
        if let track { try TrackFile.write(seen, to: track) }
        print("\(told.rows.count) instants over \(Int(told.rows.last?.time ?? 0)) s in \(log)")
    }

    private static func frame(_ values: [Double], time: Double) -> PersonFrame {
        var face = FaceFrame.neutral
        for shape in Blendshape.allCases { face[shape] = Float(values[shape.rawValue]) }
        face.head.yaw = Float(values[FaceChannels.firstHead])
        face.head.pitch = Float(values[FaceChannels.firstHead + 1])
        face.head.roll = Float(values[FaceChannels.firstHead + 2])
        return PersonFrame(time: time, face: face, sensed: .face)
    }
}
