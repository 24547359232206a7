import Actuation
import FaceKit
import Hardware
import Telemetry

/// One bus of a rerun: the control pipeline's output, and the language that says again what went down the wire.
final class BusRerun: BusOutput, @unchecked Sendable {  // one thread steps a rerun from beginning to end
    /// One thing that was written, put together from its parts.
    struct Batch {
        var purpose: BusWrite.Purpose
        var began: Nanoseconds?
        var bytes: [UInt8]
        /// Seconds since the run's start, for messages.
        var seconds: Double
    }

    /// A rerun that would have written something else.
    struct Difference {
        let place: Int
        let recorded, rerun: UInt8?
        let purpose: BusWrite.Purpose
    }

    let name: String
    let actuators: [Int]
    let inventory = BusInventory()
    let mismatch: BusMismatch? = nil
    var state = BusState.open
    /// What its servos said of themselves.
    var strains: [Int: Derating.Strain] = [:]
    /// Where its actuators went on from, for the tick in which it returned.
    var resumed: [Int: Double] = [:]
    private(set) var bytesCompared = 0

    private var language: any ActuatorBus
    private let isVirtual: Bool
    private let farewell: [UInt8]
    private var positions: [Double] = []
    private var enabled: [Bool] = []
    private var sent: (positions: [Double], enabled: [Bool])?
    private var framesSinceHealth = 0
    private let healthInterval: Int

    init(robot: RobotDescription, bus: Int, isVirtual: Bool) {
        name = robot.buses[bus].name
        language = BusLanguage.of(robot, bus: bus)
        actuators = language.actuators
        farewell = robot.buses[bus].atEnd == .relax ? language.relaxation : []
        self.isVirtual = isVirtual
        healthInterval =
            isVirtual ? BusLanguage.framesPerHealthRequest : RobotLines.framesPerHealthRequest(robot, bus: bus)
    }

    // MARK: - BusOutput

    func telemetry(of actuator: Int) -> ServoReport? { nil }
    func strain(of actuator: Int) -> Derating.Strain? { strains[actuator] }
    func nextEvent() -> BusEvent? { nil }
    var statistics: BusStatistics { BusStatistics() }
    func finish() {}

    func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
        self.positions = positions.indices.map { positions[$0] }
        self.enabled = enabled.indices.map { enabled[$0] }
    }

    func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool {
        for (actuator, position) in resumed { positions[actuator] = position }
        return true
    }

    // MARK: - What is written

    /// Says again what a batch said, with the targets of the newest tick where it carries a frame.
    ///
    /// - Parameter mayBreakOff: whether the line may have been lost in the middle of it.
    func compare(_ batch: Batch, mayBreakOff: Bool) -> Difference? {
        bytesCompared += batch.bytes.count
        let expected: [UInt8]
        switch batch.purpose {
        case .question:
            // Which questions need a second attempt lies with the device.
            let isKnown = language.questions.contains { question in
                question.bytes == batch.bytes
                    || !batch.bytes.isEmpty && question.bytes.firstRange(of: batch.bytes) != nil
            }
            return isKnown ? nil : Difference(place: 0, recorded: batch.bytes.first, rerun: nil, purpose: .question)
        case .greeting:
            language.forget()
            let greeting = (isVirtual ? language.questions.flatMap(\.bytes) : []) + language.greeting
            expected = greeting + (batch.bytes.count > greeting.count ? sent.map(frame) ?? [] : [])
        case .frame:
            expected = frame((positions, enabled))
            if batch.bytes == expected { sent = (positions, enabled) }
        case .again: expected = sent.map(frame) ?? []
        case .farewell: expected = farewell
        }
        if batch.bytes == expected || mayBreakOff && expected.starts(with: batch.bytes) { return nil }
        let place = zip(batch.bytes, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
        let first = place ?? min(batch.bytes.count, expected.count)
        func byte(_ bytes: [UInt8]) -> UInt8? { bytes.indices.contains(first) ? bytes[first] : nil }
        return Difference(
            place: first, recorded: byte(batch.bytes), rerun: byte(expected), purpose: batch.purpose)
    }

    private func frame(_ targets: (positions: [Double], enabled: [Bool])) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: language.frameCapacity)
        let count = bytes.withUnsafeMutableBytes {
            language.encode(targets.positions.span, enabled: targets.enabled.span, into: $0)
        }
        bytes.removeLast(bytes.count - count)
        framesSinceHealth += 1
        if framesSinceHealth >= healthInterval, isVirtual || !language.healthRequest.isEmpty {
            framesSinceHealth = 0
            bytes += language.healthRequest
        }
        return bytes
    }
}
