import FaceKit

/// Maps the channels of a face to target positions of all actuators of a robot, without allocating.
///
/// Each actuator has two sums, one of coefficients and one of landmark distances. A frame is driven by the one that its
/// generator made (a coefficient generator's landmarks are only the fit's echo, and the other way round), never by both
/// added: `landmarkShare` is 0 for coefficients, 1 for landmarks, and between them while one source fades into the
/// other. A channel that is not finite makes its actuators' targets NaN, which the limiter holds and counts.
public struct Retargeter: Sendable {
    /// Actuators that a table drives.
    private let parts: [Part]
    /// All summands of all actuators, one sum after the other.
    private let terms: [Calibration.Term]
    private let head: HeadGroup?

    private struct Part {
        /// Its place in the robot's list.
        let place: Int
        let scale: ServoScale
        let table: MonotoneCubic
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
        neutral = calibration.entries.map { robot.actuators[$0.actuator].scale.radians(ofRaw: $0.neutralRaw) }
        parts = calibration.entries.compactMap { entry in
            guard let table = entry.table else { return nil }
            let coefficients = range(entry.inputs)
            return Part(
                place: entry.actuator, scale: robot.actuators[entry.actuator].scale, table: table,
                coefficients: coefficients,
                landmarks: entry.landmarkInputs == entry.inputs ? coefficients : range(entry.landmarkInputs))
        }
        self.terms = terms
        head = robot.head
    }

    /// How many actuators there are, and the least length of `targets`.
    public var count: Int { neutral.count }

    /// The relaxed face of this unit, rad, in the robot's order.
    public let neutral: [Double]

    /// Writes the target of each actuator, rad, in the robot's order.
    /// - Parameter landmarkShare: How much of the target the landmark distances make, 0 to 1.
    public func targets(
        of channels: borrowing FaceChannels, landmarkShare: Double = 0, into targets: inout MutableSpan<Double>
    ) {
        for index in parts.indices {
            let (coefficients, landmarks) = (parts[index].coefficients, parts[index].landmarks)
            var input = sum(landmarkShare == 1 ? landmarks : coefficients, channels)
            if landmarkShare != 0, landmarkShare != 1, landmarks != coefficients {
                input += (sum(landmarks, channels) - input) * landmarkShare
            }
            let raw = input.isFinite ? parts[index].table(input) : .nan
            targets[parts[index].place] = parts[index].scale.radians(ofRaw: raw)
        }
        if let head { turn(head, channels, into: &targets) }
    }

    /// The motors of a head group follow the head's pose, less what the body below has taken of it.
    private func turn(_ head: HeadGroup, _ channels: borrowing FaceChannels, into targets: inout MutableSpan<Double>) {
        let first = FaceChannels.firstHead
        let angles = head.targets(
            yaw: Double(channels.values[first]), pitch: Double(channels.values[first + 1]),
            roll: Double(channels.values[first + 2]), body: head.body.map { targets[$0] } ?? 0)
        for place in 0..<6 { targets[head.motors[place]] = angles[place] }
    }

    private func sum(_ range: Range<Int>, _ channels: borrowing FaceChannels) -> Double {
        var sum = 0.0
        for index in range {
            sum += terms[index].weight * (Double(channels.values[terms[index].channel.rawValue]) - terms[index].neutral)
        }
        return sum
    }
}
