import FaceKit

/// Maps the channels of a face to target positions of all actuators of a robot, without allocating.
///
/// Each actuator has two sums, one of coefficients and one of landmark distances. A frame is driven by the one that its
/// generator made (a coefficient generator's landmarks are only the fit's echo, and the other way round), never by both
/// added: `landmarkShare` is 0 for coefficients, 1 for landmarks, and between them while one source fades into the
/// other. A channel that is not finite makes its actuators' targets NaN, which the limiter holds and counts.
public struct Retargeter: Sendable {
    private let parts: [Part]
    /// All summands of all actuators, one sum after the other.
    private let terms: [Calibration.Term]
    private let head: HeadGroup?

    private struct Part {
        let actuator: Actuator
        /// Nil where the head group makes the target.
        let table: MonotoneCubic?
        let neutralRaw: Double
        /// Which of the terms make each sum; the same range twice when one sum serves both.
        let coefficients, landmarks: Range<Int>
    }

    /// The retargeter of a robot's unit.
    public init(robot: RobotDescription, calibration: Calibration) {
        var terms: [Calibration.Term] = []
        func range(_ sum: [Calibration.Term]) -> Range<Int> {
            terms += sum
            return terms.count - sum.count..<terms.count
        }
        parts = calibration.entries.map { entry in
            let coefficients = range(entry.inputs)
            return Part(
                actuator: robot.actuators[entry.actuator], table: entry.table, neutralRaw: entry.neutralRaw,
                coefficients: coefficients,
                landmarks: entry.landmarkInputs == entry.inputs ? coefficients : range(entry.landmarkInputs))
        }
        self.terms = terms
        head = robot.head
    }

    /// How many actuators there are, and the least length of `targets`.
    public var count: Int { parts.count }

    /// The relaxed face of this unit, rad, in the robot's order.
    public var neutral: [Double] { parts.map { $0.actuator.scale.radians(ofRaw: $0.neutralRaw) } }

    /// Writes the target of each actuator, rad, in the robot's order.
    /// - Parameter landmarkShare: How much of the target the landmark distances make, 0 to 1.
    public func targets(
        of channels: borrowing FaceChannels, landmarkShare: Double = 0, into targets: inout MutableSpan<Double>
    ) {
        for index in parts.indices {
            guard let table = parts[index].table else { continue }
            let (coefficients, landmarks) = (parts[index].coefficients, parts[index].landmarks)
            var input = sum(landmarkShare == 1 ? landmarks : coefficients, channels)
            if landmarkShare != 0, landmarkShare != 1, landmarks != coefficients {
                input += (sum(landmarks, channels) - input) * landmarkShare
            }
            let raw = input.isFinite ? table(input) : .nan
            targets[index] = parts[index].actuator.scale.radians(ofRaw: raw)
        }
        if let head { turn(head, channels, into: &targets) }
    }

    /// The motors of a head group follow the head's pose, less what the body below has taken of it.
    private func turn(_ head: HeadGroup, _ channels: borrowing FaceChannels, into targets: inout MutableSpan<Double>) {
        let first = FaceChannels.firstHead
        let angles = head.targets(
            yaw: Double(channels.values[first]), pitch: Double(channels.values[first + 1]),
            roll: Double(channels.values[first + 2]), body: head.body.map { targets[$0] } ?? 0)
        for (place, motor) in head.motors.enumerated() { targets[motor] = angles[place] }
    }

    private func sum(_ range: Range<Int>, _ channels: borrowing FaceChannels) -> Double {
        var sum = 0.0
        for index in range {
            sum += terms[index].weight * (Double(channels.values[terms[index].channel.rawValue]) - terms[index].neutral)
        }
        return sum
    }
}
