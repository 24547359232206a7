/// Takes up the play between servo and horn: a target is led by half of the play in the direction that it moves in.
///
/// It stands before the limiter, which smooths the crossing and keeps every limit. A tremble smaller than the play itself
/// does not turn the direction round, so a face at rest does not chatter. Allocates nothing after `init`.
public struct BacklashCompensator: Sendable {
    /// Half of each actuator's play, rad.
    private let half: [Double]
    private let limits: [MotionLimits]
    /// The furthest point of the present direction, rad.
    private var turningPoint: [Double]
    /// −1, 0 before the first movement, or 1.
    private var direction: [Double]

    public init(robot: RobotDescription, calibration: Calibration) {
        half = calibration.entries.map { entry in
            entry.backlash * robot.actuators[entry.actuator].scale.radiansPerUnit / 2
        }
        limits = robot.limits
        turningPoint = Array(repeating: .nan, count: half.count)
        direction = Array(repeating: 0, count: half.count)
    }

    /// Leads the targets, rad, in place. One that is not finite is left as it is, and so is the range of the actuator.
    public mutating func lead(_ targets: inout MutableSpan<Double>) {
        for index in half.indices where half[index] > 0 && targets[index].isFinite {
            let target = targets[index]
            if turningPoint[index].isNaN { turningPoint[index] = target }
            let way = target - turningPoint[index]
            if direction[index] * way > 0 {
                turningPoint[index] = target
            } else if abs(way) > half[index] {
                direction[index] = way > 0 ? 1 : -1
                turningPoint[index] = target
            }
            let led = target + direction[index] * half[index]
            targets[index] = min(max(led, limits[index].lower), limits[index].upper)
        }
    }
}
