import FaceKit

/// Maps the channels of a face to target positions of all actuators of a robot, without allocating.
///
/// Each actuator has two sums, one of coefficients and one of landmark distances. A frame is driven by the one that its
/// generator made (a coefficient generator's landmarks are only the fit's echo, and the other way round), never by both
/// added: `landmarkShare` is 0 for coefficients, 1 for landmarks, and between them while one source fades into the
/// other. A channel that is not finite makes its actuators' targets NaN, which the limiter holds and counts.
public struct Retargeter: Sendable {
    private let actuators: [Part]

    private struct Part {
        let entry: Calibration.Entry
        let actuator: Actuator
        /// Whether both sums are the same, so that one is enough.
        let isSame: Bool
    }

    /// The retargeter of a robot's unit.
    public init(robot: RobotDescription, calibration: Calibration) {
        actuators = calibration.entries.map { entry in
            Part(
                entry: entry, actuator: robot.actuators[entry.actuator], isSame: entry.inputs == entry.landmarkInputs)
        }
    }

    /// How many actuators there are, and the least length of `targets`.
    public var count: Int { actuators.count }

    /// The relaxed face of this unit, rad, in the robot's order.
    public var neutral: [Double] { actuators.map { $0.actuator.radians(ofPulse: $0.entry.neutralPulse) } }

    /// Writes the target of each actuator, rad, in the robot's order.
    /// - Parameter landmarkShare: How much of the target the landmark distances make, 0 to 1.
    public func targets(of channels: FaceChannels, landmarkShare: Double = 0, into targets: inout MutableSpan<Double>) {
        for index in actuators.indices {
            let part = actuators[index]
            var input = 0.0
            if part.isSame || landmarkShare != 1 { input = Self.sum(part.entry.inputs, channels) }
            if !part.isSame, landmarkShare != 0 {
                let landmarks = Self.sum(part.entry.landmarkInputs, channels)
                input = landmarkShare == 1 ? landmarks : input + (landmarks - input) * landmarkShare
            }
            let pulse = input.isFinite ? part.entry.table(input) : .nan
            targets[index] = part.actuator.radians(ofPulse: pulse)
        }
    }

    private static func sum(_ terms: [Calibration.Term], _ channels: FaceChannels) -> Double {
        var sum = 0.0
        for term in terms { sum += term.weight * (Double(channels[term.channel]) - term.neutral) }
        return sum
    }
}
