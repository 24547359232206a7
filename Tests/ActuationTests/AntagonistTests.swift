import FaceKit
import Testing

@testable import Actuation

@Suite struct AntagonistTests {
    private static let yaml = """
        name: lips
        buses: {face: {kind: maestro}}
        motion: {m: {velocity_us_per_s: 4000, acceleration_us_per_s2: 100000, jerk_us_per_s3: 5000000}}
        actuators:
          - {name: puller, channel: 0, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
          - {name: dropper, channel: 1, min_us: 1000, neutral_us: 1500, max_us: 2000, motion: m}
        """

    private static func calibration(_ robot: RobotDescription, _ more: String = "") throws -> Calibration {
        func entry(_ name: String, _ inputs: String, _ reach: String = "") -> String {
            let points = (0...6).map { "[\(Double($0) / 6), \(1500 + 80 * $0)]" }.joined(separator: ", ")
            return "  \(name): {inputs: \(inputs), neutral_us: 1500, table: [\(points)]\(reach)}"
        }
        return try Calibration(
            yaml: """
                robot: lips
                \(more)
                actuators:
                \(entry("puller", "{mouthSmileLeft: 1, mouthFrownLeft: -1}", ", low_us: 1400, high_us: 1990"))
                \(entry("dropper", "{mouthFrownLeft: 1, mouthSmileLeft: -0.8}"))
                """, name: "lips.yaml", robot: robot)
    }

    @Test func opposedSumsAreAPairByRule() throws {
        let robot = try RobotDescription(yaml: Self.yaml, name: "lips.yaml")
        #expect(
            CalibrationPlan.antagonists(of: try Self.calibration(robot)) == [.init(first: 0, second: 1)])
    }

    @Test func aPairNeverPullsMoreThanItMay() throws {
        let robot = try RobotDescription(yaml: Self.yaml, name: "lips.yaml")
        // Sums that both pull: as landmarks can ask for.
        let calibration = try Self.calibration(robot, "antagonists: [[puller, dropper]]")
        var entries = calibration.entries
        for index in 0..<2 {
            entries[index] = Calibration.Entry(
                actuator: index, inputs: [.init(channel: FaceChannel(.jawOpen), weight: 1, neutral: 0)],
                landmarkInputs: [], neutralRaw: 1500, table: entries[index].table)
        }
        var both = calibration
        both.entries = entries
        var retargeter = Retargeter(robot: robot, calibration: both)
        var channels = FaceChannels()
        channels[FaceChannel(.jawOpen)] = 1
        var targets = [0.0, 0.0]
        var span = targets.mutableSpan
        retargeter.targets(of: channels, into: &span)
        // Each would pull 480 µs; together they have 480.
        let pulses = zip(robot.actuators, targets).map { $0.scale.raw(ofRadians: $1) - 1500 }
        #expect(abs(pulses[0] - 240) < 1e-6 && abs(pulses[1] - 240) < 1e-6)
    }

    @Test func aReachNarrowsTheLimitsOfTheUnit() throws {
        let robot = try RobotDescription(yaml: Self.yaml, name: "lips.yaml")
        let narrow = robot.narrowed(by: try Self.calibration(robot))
        #expect(narrow.actuators[0].rawRange == 1400...1990)
        #expect(abs(narrow.limits[0].upper - robot.actuators[0].scale.radians(ofRaw: 1990)) < 1e-12)
        #expect(narrow.actuators[1] == robot.actuators[1])
    }

    @Test func aPairReadsBackAsItWasWritten() throws {
        let robot = try RobotDescription(yaml: Self.yaml, name: "lips.yaml")
        let calibration = try Self.calibration(robot, "antagonists: [[puller, dropper, 1.2]]")
        let again = try Calibration(yaml: calibration.yaml(robot: robot, remarks: []), name: "again", robot: robot)
        #expect(again.antagonists == calibration.antagonists)
        #expect(again.entries.map(\.reach) == [1400...1990, nil])
    }

    @Test(arguments: ["[[puller]]", "[[puller, puller]]", "[[puller, nobody]]", "3", "[[puller, dropper, 9]]"])
    func aPairThatIsNoneIsRefused(_ text: String) throws {
        let robot = try RobotDescription(yaml: Self.yaml, name: "lips.yaml")
        #expect(throws: FileProblems.self) { try Self.calibration(robot, "antagonists: \(text)") }
    }
}
