import Actuation
import FaceKit
import Foundation
import Hardware

/// Who answers what a robot cannot measure of itself: a person at the terminal, or a file.
public protocol GuideAnswers {
    /// Whether an actuator that crawls to one of its ends must stop here; asked at every step.
    mutating func mustStop(_ actuator: String, goesUp: Bool, raw: Double) -> Bool
    /// The raw value of the relaxed face.
    mutating func neutral(_ actuator: String, proposed: Double, within: ClosedRange<Double>) throws -> Double
    /// Whether the actuator moved the face the other way than its inputs say.
    mutating func isReversed(_ actuator: String, inputs: String) throws -> Bool
}

/// Answers that somebody wrote down, by actuator: a JSON object of `{"low": RAW, "high": RAW, "neutral": RAW,
/// "reversed": true}`, each of which may be missing.
public struct WrittenAnswers: GuideAnswers, Decodable, Sendable {
    struct Answer: Decodable, Sendable {
        var low: Double?
        var high: Double?
        var neutral: Double?
        var reversed: Bool?
    }

    private var answers: [String: Answer] = [:]

    public init() {}

    public init(from decoder: any Decoder) throws {
        answers = try decoder.singleValueContainer().decode([String: Answer].self)
    }

    /// What is wrong with a file of answers.
    public struct Failure: Error, CustomStringConvertible {
        let path: String
        let reason: String
        public var description: String { "\(path): \(reason), expected {\"ACTUATOR\": {\"low\": N, …}}" }
    }

    public init(path: String, robot: RobotDescription) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(path: path, reason: "it cannot be read")
        }
        do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
            throw Failure(path: path, reason: "it is no such JSON object")
        }
        if let unknown = answers.keys.sorted().first(where: { robot.index(ofActuator: $0) == nil }) {
            throw Failure(path: path, reason: "found \(unknown), which is no actuator of \(robot.name)")
        }
    }

    public func mustStop(_ actuator: String, goesUp: Bool, raw: Double) -> Bool {
        guard let end = goesUp ? answers[actuator]?.high : answers[actuator]?.low else { return false }
        return goesUp ? raw >= end : raw <= end
    }

    public func neutral(_ actuator: String, proposed: Double, within: ClosedRange<Double>) -> Double {
        answers[actuator]?.neutral ?? proposed
    }

    public func isReversed(_ actuator: String, inputs: String) -> Bool { answers[actuator]?.reversed ?? false }
}

extension CalibrationRun {
    /// Why an actuator went no further.
    public enum EndCause: String, Sendable, Codable {
        /// Its servo said that it stands still although it is told to go on.
        case stalled
        /// Somebody said stop.
        case told
        /// The robot file's limit.
        case limit
    }

    /// Where an actuator's way ends, raw, with the margin that was left.
    public struct Ends: Sendable {
        public var reach: ClosedRange<Double>
        public var low, high: EndCause
    }

    /// What the guide found of one actuator.
    public struct Guided: Sendable {
        public var entry: Calibration.Entry
        public var ends: Ends
        public var isReversed: Bool
        /// What a meter said of it; nil where nothing was measured, and the nominal table was pressed between the ends.
        public var measured: Measured?
    }

    /// A sweep between the ends, and what it says.
    public struct Measured: Sendable {
        public var sweep: ActuatorSweep
        public var finding: ActuatorSweep.Finding
        /// Whether some angles of the table lie beyond the ends.
        public var isCut: Bool
    }

    /// A crawl that is to end here.
    private struct Halt: Error {
        var cause: EndCause
        var raw: Double
    }

    /// How far a servo that holds still may stand from where it is told, rad.
    private static var restLag: Double { 1.2 * .pi / 180 }
    /// The share of its range that is left to an end that was met.
    private static var endMargin: Double { 0.03 }

    /// Finds the ends, the table, the play, the neutral and the direction of one actuator at crawling speed; it is left at
    /// its neutral.
    ///
    /// - Parameter meter: where its angles come from; where it is nil or has none to give, the nominal table is pressed
    ///   between the ends.
    /// - Throws: what answers throw, `CalibrationPlan.Failure`, `ActuatorSweep.Failure`, or `CancellationError`.
    public mutating func guide(
        _ index: Int, answers: inout some GuideAnswers, meter: inout (any AngleMeter)?,
        progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Guided {
        let actuator = robot.actuators[index]
        let nominalEntry = nominal.entries[index]
        enabled[index] = true
        defer { enabled[index] = false }
        let ends = try ends(index, answers: &answers)
        pace(max(care.speed, care.travel))
        defer { pace(care.speed) }
        var (measured, proposed) = (
            Measured?.none, min(max(nominalEntry.neutralRaw, ends.reach.lowerBound), ends.reach.upperBound)
        )
        if let sweep = try measure(index, within: ends.reach, meter: &meter, progress: progress) {
            let finding = try sweep.finding(radiansPerUnit: actuator.scale.radiansPerUnit)
            measured = Measured(sweep: sweep, finding: finding, isCut: false)
            let raw = CalibrationPlan.neutralRaw(nominalEntry, of: actuator, finding: finding, within: ends.reach)
            let swept = Self.swept(finding)
            proposed = raw ?? min(max(proposed, swept.lowerBound), swept.upperBound)
        }
        try crawl(index, to: proposed) { _ in nil }
        let reach = measured.map { Self.swept($0.finding) } ?? ends.reach
        let neutral = try holding { try answers.neutral(actuator.name, proposed: proposed, within: reach) }
        guard reach.contains(neutral) else { throw CalibrationPlan.Failure.unreachable }
        try crawl(index, to: neutral) { _ in nil }
        func entry(isReversed: Bool) throws -> Calibration.Entry {
            guard let finding = measured?.finding else {
                return try CalibrationPlan.guided(
                    nominalEntry, of: actuator, reach: ends.reach, neutral: neutral, isReversed: isReversed)
            }
            let result = try CalibrationPlan.calibrated(
                nominalEntry, of: actuator, finding: finding,
                guidance: .init(
                    reach: ends.reach, neutralRaw: neutral, isChosen: neutral != proposed, isReversed: isReversed))
            measured?.isCut = result.isCut
            return result.entry
        }
        var made = try entry(isReversed: false)
        var isReversed = false
        if let last = nominalEntry.table?.inputs.last {
            try crawl(index, to: made.table?(last * 0.6) ?? neutral) { _ in nil }
            let inputs = nominalEntry.inputs.filter { $0.weight > 0 }.map(\.channel.name).joined(separator: ", ")
            isReversed = try holding { try answers.isReversed(actuator.name, inputs: inputs) }
            if isReversed { made = try entry(isReversed: true) }
        }
        try crawl(index, to: neutral) { _ in nil }
        return Guided(entry: made, ends: ends, isReversed: isReversed, measured: measured)
    }

    /// The raw values between which a curve is known.
    private static func swept(_ finding: ActuatorSweep.Finding) -> ClosedRange<Double> {
        finding.curve.inputs[0]...finding.curve.inputs[finding.curve.inputs.count - 1]
    }

    private mutating func ends(_ index: Int, answers: inout some GuideAnswers) throws -> Ends {
        let neutral = nominal.entries[index].neutralRaw
        try crawl(index, to: neutral) { _ in nil }
        let high = try end(index, goesUp: true, answers: &answers)
        // The way back has just been gone.
        pace(max(care.speed, care.travel))
        try crawl(index, to: neutral) { _ in nil }
        pace(care.speed)
        let low = try end(index, goesUp: false, answers: &answers)
        guard low.raw < high.raw else { throw CalibrationPlan.Failure.collapsed }
        return Ends(reach: low.raw...high.raw, low: low.cause, high: high.cause)
    }

    /// The sweep between the ends; nil where the meter has no angle of this actuator.
    private mutating func measure(
        _ index: Int, within reach: ClosedRange<Double>, meter: inout (any AngleMeter)?, progress: (Int, Int) -> Void
    ) throws -> ActuatorSweep? {
        guard var used = meter else { return nil }
        defer { meter = used }
        do {
            return try sweep(index, within: reach, meter: &used, progress: progress)
        } catch AngleMeterFailure.notMeasured {
            return nil
        }
    }

    private mutating func end(
        _ index: Int, goesUp: Bool, answers: inout some GuideAnswers
    ) throws -> (raw: Double, cause: EndCause) {
        let actuator = robot.actuators[index]
        let limit = goesUp ? actuator.highestRaw : actuator.lowestRaw
        let margin = Self.endMargin * (actuator.highestRaw - actuator.lowestRaw)
        var halt = try touch(index, goesUp: goesUp, limit: limit, answers: &answers)
        // What a busy machine hears late looks like a stall: an end is where two touches agree.
        for _ in 0..<5 {
            guard let first = halt, first.cause == .stalled else { break }
            // Soon, as a servo that pushes in vain gets hot or lets go.
            try release(index, to: first.raw + (goesUp ? -2 : 2) * margin)
            halt = try touch(index, goesUp: goesUp, limit: limit, answers: &answers)
            guard let second = halt, second.cause == .stalled else { continue }
            let inner = goesUp ? min(first.raw, second.raw) : max(first.raw, second.raw)
            let isSame = abs(first.raw - second.raw) * actuator.scale.radiansPerUnit <= Self.restLag
            halt = Halt(cause: .stalled, raw: isSame ? inner : second.raw)
            if isSame { break }
        }
        guard let halt else { return (limit, .limit) }
        let inside = goesUp ? halt.raw - margin : halt.raw + margin
        let raw = min(max((inside * 10).rounded() / 10, actuator.lowestRaw), actuator.highestRaw)
        try release(index, to: raw)
        return (raw, halt.cause)
    }

    /// Holds still until a servo has said twice more where it stands, or five seconds long.
    private mutating func awaitNews(of index: Int, from output: any BusOutput) {
        let before = output.measurements(of: index)
        for _ in 0..<50 where output.measurements(of: index) &- before < 2 { rest(0.1) { _ in } }
    }

    /// Leaves an end that was met.
    private mutating func release(_ index: Int, to raw: Double) throws {
        pace(max(care.speed, care.travel))
        defer { pace(care.speed) }
        try crawl(index, to: raw) { _ in nil }
    }

    /// Crawls towards a limit until the servo stalls or somebody says stop; nil where it gets there.
    private mutating func touch(
        _ index: Int, goesUp: Bool, limit: Double, answers: inout some GuideAnswers
    ) throws -> Halt? {
        let actuator = robot.actuators[index]
        let output = outputs.first { $0.actuators.contains(index) }
        func measured() -> Double? {
            output?.strain(of: index).flatMap { $0.position.isFinite ? Double($0.position) : nil }
        }
        var watch = StallWatch(goesUp: goesUp, rate: robot.controlRate, torque: care.torque)
        let halt = try crawl(index, to: limit) { position in
            let raw = actuator.scale.raw(ofRadians: position)
            if answers.mustStop(actuator.name, goesUp: goesUp, raw: raw) { return Halt(cause: .told, raw: raw) }
            guard let output, let measured = measured(),
                watch.isStalled(
                    commanded: position, measured: measured, load: Double(output.strain(of: index)?.load ?? .nan),
                    count: output.measurements(of: index))
            else { return nil }
            return Halt(cause: .stalled, raw: actuator.scale.raw(ofRadians: measured))
        }
        if let halt { return halt }
        // So near to the limit that the lag had no time to grow: at rest there must be none.
        rest(0.4) { _ in }
        if let output { awaitNews(of: index, from: output) }
        guard let measured = measured(), abs(positions[index] - measured) > Self.restLag else { return nil }
        return Halt(cause: .stalled, raw: actuator.scale.raw(ofRadians: measured))
    }

    /// Crawls to a raw value until a watcher says halt.
    @discardableResult
    private mutating func crawl(_ index: Int, to raw: Double, watch: (Double) -> Halt?) throws -> Halt? {
        var targets = positions
        targets[index] = robot.actuators[index].scale.radians(ofRaw: raw)
        let stop = stop
        do {
            try move(to: targets) { positions in
                if stop.isRequested { throw CancellationError() }
                if let halt = watch(positions[index]) { throw halt }
            }
        } catch let halt as Halt { return halt }
        return nil
    }
}
