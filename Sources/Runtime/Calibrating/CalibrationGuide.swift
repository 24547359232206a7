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

    /// Finds the ends, the neutral and the direction of one actuator at crawling speed; it is left at its neutral.
    ///
    /// - Throws: what answers throw, `CalibrationPlan.Failure`, or `CancellationError`.
    public mutating func guide(_ index: Int, answers: inout some GuideAnswers) throws -> Guided {
        let actuator = robot.actuators[index]
        let nominalEntry = nominal.entries[index]
        enabled[index] = true
        defer { enabled[index] = false }
        try crawl(index, to: nominalEntry.neutralRaw) { _ in nil }
        let high = try end(index, goesUp: true, answers: &answers)
        try crawl(index, to: nominalEntry.neutralRaw) { _ in nil }
        let low = try end(index, goesUp: false, answers: &answers)
        guard low.raw < high.raw else { throw CalibrationPlan.Failure.collapsed }
        let ends = Ends(reach: low.raw...high.raw, low: low.cause, high: high.cause)
        let proposed = min(max(nominalEntry.neutralRaw, low.raw), high.raw)
        try crawl(index, to: proposed) { _ in nil }
        let neutral = try answers.neutral(actuator.name, proposed: proposed, within: ends.reach)
        guard ends.reach.contains(neutral) else { throw CalibrationPlan.Failure.unreachable }
        try crawl(index, to: neutral) { _ in nil }
        var isReversed = false
        if let table = nominalEntry.table, let last = table.inputs.last {
            let entry = try CalibrationPlan.guided(
                nominalEntry, of: actuator, reach: ends.reach, neutral: neutral, isReversed: false)
            try crawl(index, to: entry.table?(last * 0.6) ?? neutral) { _ in nil }
            let inputs = nominalEntry.inputs.filter { $0.weight > 0 }.map(\.channel.name).joined(separator: ", ")
            isReversed = try answers.isReversed(actuator.name, inputs: inputs)
        }
        try crawl(index, to: neutral) { _ in nil }
        let entry = try CalibrationPlan.guided(
            nominalEntry, of: actuator, reach: ends.reach, neutral: neutral, isReversed: isReversed)
        return Guided(entry: entry, ends: ends, isReversed: isReversed)
    }

    private mutating func end(
        _ index: Int, goesUp: Bool, answers: inout some GuideAnswers
    ) throws -> (raw: Double, cause: EndCause) {
        let actuator = robot.actuators[index]
        let limit = goesUp ? actuator.highestRaw : actuator.lowestRaw
        let margin = Self.endMargin * (actuator.highestRaw - actuator.lowestRaw)
        let output = outputs.first { $0.actuators.contains(index) }
        var watch = StallWatch(goesUp: goesUp, rate: robot.controlRate)
        var halt = try crawl(index, to: limit) { position in
            let raw = actuator.scale.raw(ofRadians: position)
            if answers.mustStop(actuator.name, goesUp: goesUp, raw: raw) { return Halt(cause: .told, raw: raw) }
            guard let output, let measured = output.strain(of: index)?.position, measured.isFinite,
                watch.isStalled(
                    commanded: position, measured: Double(measured), count: output.measurements(of: index))
            else { return nil }
            return Halt(cause: .stalled, raw: actuator.scale.raw(ofRadians: Double(measured)))
        }
        if halt == nil {
            // So near to the limit that the lag had no time to grow: at rest there must be none.
            rest(0.4) { _ in }
            if let output { awaitNews(of: index, from: output) }
            if let measured = output?.strain(of: index)?.position, measured.isFinite,
                abs(positions[index] - Double(measured)) > Self.restLag
            {
                halt = Halt(cause: .stalled, raw: actuator.scale.raw(ofRadians: Double(measured)))
            }
        }
        guard let halt else { return (limit, .limit) }
        let inside = goesUp ? halt.raw - margin : halt.raw + margin
        let raw = min(max((inside * 10).rounded() / 10, actuator.lowestRaw), actuator.highestRaw)
        try crawl(index, to: raw) { _ in nil }
        return (raw, halt.cause)
    }

    /// Holds still until a servo has said twice more where it stands, or five seconds long.
    private mutating func awaitNews(of index: Int, from output: any BusOutput) {
        let before = output.measurements(of: index)
        for _ in 0..<50 where output.measurements(of: index) &- before < 2 { rest(0.1) { _ in } }
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
