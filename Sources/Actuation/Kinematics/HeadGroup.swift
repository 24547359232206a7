/// Actuators that turn the head together: a Stewart platform, perhaps on a body that turns below it.
public struct HeadGroup: Sendable, Equatable {
    public let platform: StewartPlatform
    /// The six motors, as places in the robot's list, in the order round the platform.
    public let motors: [Int]
    /// The actuator below that turns the whole platform, nil for none.
    public let body: Int?
    /// The most that the head turns against the body, rad.
    public let mostTwist: Double
    /// The most that the head nods and tilts, rad.
    public let mostTilt: Double

    public init(platform: StewartPlatform, motors: [Int], body: Int?, mostTwist: Double, mostTilt: Double) {
        self.platform = platform
        self.motors = motors
        self.body = body
        self.mostTwist = mostTwist
        self.mostTilt = mostTilt
    }

    /// The six motors' positions, rad, for a head turned so against the world; the body takes its own part of the yaw.
    func targets(yaw: Double, pitch: Double, roll: Double, body: Double) -> InlineArray<6, Double> {
        platform.armAngles(
            for: StewartPlatform.Pose(
                yaw: min(max(yaw - body, -mostTwist), mostTwist), pitch: min(max(pitch, -mostTilt), mostTilt),
                roll: min(max(roll, -mostTilt), mostTilt)))
    }
}
