import Actuation
import FaceKit
import Foundation
import Telemetry

/// What a recording shows over time, gathered for its figures.
public struct RecordingFigures {
    /// Somebody's turn at the face.
    struct Turn: Equatable {
        var driver: String
        var start, end: Double
    }

    /// Something that is marked at its instant.
    struct Mark: Equatable {
        var seconds: Double
        var text: String
    }

    /// A bar while something holds: the emergency stop, a lost line.
    struct Spell: Equatable {
        var name: String
        var start, end: Double
    }

    let robot: RobotDescription
    let title: String
    private(set) var duration = 0.0
    /// Seconds of the samples below.
    private(set) var times: [Double] = []
    /// Radians by actuator, one a sample.
    private(set) var wanted, commanded: [[Double]]
    /// The faces: seconds, and the 58 coefficients and head values.
    private(set) var faces: [(seconds: Double, values: [Float])] = []
    private(set) var turns: [Turn] = []
    private(set) var spells: [Spell] = []
    private(set) var marks: [Mark] = []
    /// Microseconds.
    private(set) var controlLateness = CountHistogram()
    private(set) var motionLateness = CountHistogram()
    /// From when a motion tick was due, which sensed, to the control tick that took its frame, microseconds.
    private(set) var latency = CountHistogram()
    private let span: ClosedRange<Double>

    /// The most samples and marks that a figure holds: more could not be told apart.
    private static let mostMarks = 400

    /// Reads a recording from one time to another, in seconds.
    public init(_ run: RecordedRun, span: ClosedRange<Double> = 0...1e7) throws {
        robot = run.robot
        title = (run.path as NSString).lastPathComponent + ", " + run.manifest.robot
        wanted = run.robot.actuators.map { _ in [] }
        commanded = wanted
        self.span = span
        try run.forEachMessage { message in
            switch message.topic {
            case RunChannels.topic(.control): try takeControl(run.decode(RecordedControl.self, message))
            case RunChannels.topic(.targets): try takeTargets(run.decode(RecordedTargets.self, message))
            case RunChannels.topic(.motion): try takeMotion(run.decode(RecordedMotion.self, message))
            case RunChannels.topic(.command), RunChannels.topic(.event): try takeMark(run, message)
            default: break
            }
        }
    }

    private mutating func takeControl(_ control: RecordedControl) {
        let seconds = Double(control.began) / 1e9
        guard span.contains(seconds) else { return }
        duration = max(duration, seconds)
        controlLateness.add(control.latenessUs)
        if let frame = control.frame { latency.add((seconds - Double(frame) / Generators.frameRate) * 1e6) }
        if let last = turns.indices.last, turns[last].driver == control.driver {
            turns[last].end = seconds
        } else {
            if let last = turns.indices.last { turns[last].end = seconds }
            turns.append(Turn(driver: control.driver, start: seconds, end: seconds))
        }
        if control.stopped != nil { extend("emergency stop", seconds) }
        for bus in control.lost ?? [] { extend("\(bus) lost", seconds) }
    }

    private mutating func extend(_ name: String, _ seconds: Double) {
        let period = 1 / robot.controlRate
        if let last = spells.lastIndex(where: { $0.name == name }), seconds - spells[last].end < 4 * period {
            spells[last].end = seconds
        } else {
            spells.append(Spell(name: name, start: seconds, end: seconds + period))
        }
    }

    private mutating func takeTargets(_ targets: RecordedTargets) {
        guard span.contains(targets.seconds) else { return }
        times.append(targets.seconds)
        for (place, actuator) in robot.actuators.enumerated() {
            wanted[place].append((targets.wanted[actuator.name] ?? nil) ?? .nan)
            commanded[place].append((targets.commanded[actuator.name] ?? nil) ?? .nan)
        }
    }

    private mutating func takeMotion(_ motion: RecordedMotion) {
        let seconds = Double(motion.tick) / Generators.frameRate
        guard span.contains(seconds) else { return }
        motionLateness.add(motion.latenessUs)
        guard let channels = motion.channels ?? nil else { return }
        let names = FaceChannel.names.prefix(FaceChannels.firstDistance)
        faces.append((seconds, names.map { (channels[$0] ?? nil) ?? .nan }))
    }

    private mutating func takeMark(_ run: RecordedRun, _ message: RecordedMessage) throws {
        guard marks.count < Self.mostMarks else { return }
        let fields = try run.decode([String: Scalar].self, message)
        func text(_ key: String) -> String? { if case .text(let text)? = fields[key] { text } else { nil } }
        guard case .number(let seconds)? = fields["time_s"], span.contains(seconds),
            let what = text("command") ?? text("event"), what != "acted"
        else { return }
        let detail = text("name") ?? text("script") ?? text("text")
        marks.append(Mark(seconds: seconds, text: what + (detail.map { " " + $0.prefix(24) } ?? "")))
    }
}
