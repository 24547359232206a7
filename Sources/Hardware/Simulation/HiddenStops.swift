import Actuation
import FaceKit

/// Where a simulated robot's mechanism really ends: inside of what its file allows, by 4 to 15 % of the range at each end.
/// Something for a calibration to find.
public struct HiddenStops: Sendable {
    /// Raw, by actuator.
    public let stops: [String: ClosedRange<Double>]

    public init(robot: RobotDescription, seed: UInt64) {
        let random = CounterRandom(seed: seed, system: .simulator, stream: 2)
        stops = Dictionary(
            uniqueKeysWithValues: robot.actuators.enumerated().map { index, actuator in
                let width = actuator.highestRaw - actuator.lowestRaw
                func inset(_ draw: UInt32) -> Double {
                    width * (0.04 + 0.11 * Double(random.uniform(frame: UInt32(index), draw: draw)))
                }
                // Neutral can always be reached.
                let low = min(actuator.lowestRaw + inset(0), actuator.neutralRaw)
                return (actuator.name, low...max(actuator.highestRaw - inset(1), actuator.neutralRaw))
            })
    }
}
