import Actuation
import ArgumentParser
import FaceKit
import Hardware
import Runtime

/// How the face is moved for a tracker to watch, and what a simulated tracker sees of it.
struct PerformanceOptions: ParsableArguments {
    @Option(help: "For a tracker: places on each actuator's way, 7 to 60.")
    var levels = 11

    @Option(help: "For a tracker: poses of all actuators afterwards, 0 to 1000.")
    var poses = 40

    func validate() throws {
        guard (7...60).contains(levels) else { throw ValidationError("--levels must be between 7 and 60") }
        guard (0...1000).contains(poses) else { throw ValidationError("--poses must be between 0 and 1000") }
    }

    /// Moves the face. With a hidden face, a simulated tracker watches it.
    /// - Returns: what was told, and what the simulated tracker saw.
    func perform(
        _ run: inout CalibrationRun, lines: RobotLines, face: HiddenFace?
    ) throws -> (told: CommandLog, seen: Track) {
        var seen = Track(frames: [], channels: .face)
        var bar = ProgressLine(
            total: run.robot.actuators.count * (2 * levels + 1) + poses, label: "face", unit: "places")
        defer { bar.finish() }
        let told = try run.perform(levels: levels, poses: poses) { seconds in
            guard let face else { return }
            let angles = try lines.hiddenAngles().mapValues { $0 * .pi / 180 }
            let values = face.seen(face.face(angles: angles), frame: UInt32(seen.frames.count))
            seen.frames.append(Self.frame(values, time: seconds))
        } progress: { _, _ in
            bar.advance()
        }
        return (told, seen)
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
