import FaceKit
import Testing

@testable import Actuation

@Suite struct CalibrationTests {
    private static let robot = Result { try RobotDescription(yaml: RobotDescriptionTests.minimal, name: "r.yaml") }

    /// A calibration of the one-servo robot with a part replaced.
    private static func calibration(_ part: String = "", with replacement: String = "") throws -> Calibration {
        let text = """
            robot: one
            actuators:
              A:
                inputs: {jawOpen: 1, lid_gap_left: {weight: -2, neutral: 0.1}}
                neutral_us: 1500
                table: [[-1, 1310], [-0.5, 1400], [0, 1500], [0.25, 1520], [0.5, 1540], [0.75, 1560], [1, 1590]]
            """
        return try Calibration(
            yaml: part.isEmpty ? text : text.replacing(part, with: replacement), name: "c.yaml", robot: robot.get())
    }

    private static func faults(_ part: String, with replacement: String) throws -> [FileProblem] {
        try problems { try calibration(part, with: replacement) }
    }

    @Test func theShippedCalibrationFitsTheShippedFace() throws {
        let calibration = try ShippedFiles.calibration()
        let robot = try ShippedFiles.robot()
        #expect(calibration.entries.map(\.actuator) == Array(0..<23))
        for entry in calibration.entries {
            #expect(entry.neutralRaw == robot.actuators[entry.actuator].neutralRaw)
            #expect(entry.table?(0) == entry.neutralRaw)
        }
    }

    @Test func aTableThatIsNotMonotoneIsRefusedWithItsPoint() throws {
        let found = try Self.faults("[0.5, 1540]", with: "[0.5, 1510]")
        #expect(
            found == [
                FileProblem(
                    file: "c.yaml", line: 6, key: "actuators.A.table[4]",
                    fault: .notMonotone(point: 5, previous: 1520, found: 1510, unit: .microseconds))
            ])
    }

    @Test func aPulseThatStaysTheSameIsNotMonotone() throws {
        let found = try Self.faults("[0.5, 1540]", with: "[0.5, 1520]")
        #expect(found.map(\.fault) == [.notMonotone(point: 5, previous: 1520, found: 1520, unit: .microseconds)])
    }

    @Test func inputsThatDoNotRiseAreRefused() throws {
        let found = try Self.faults("[0.5, 1540]", with: "[0.25, 1540]")
        #expect(found.map(\.fault) == [.inputNotRising(point: 5, previous: 0.25, found: 0.25)])
    }

    @Test func aTableOrANeutralOutsideTheLimitsIsRefused() throws {
        let table = try Self.faults("[1, 1590]", with: "[1, 1601]")
        #expect(table.map(\.fault) == [.leavesLimits(found: 1601, lower: 1300, upper: 1600, unit: .microseconds)])
        let neutral = try Self.faults("neutral_us: 1500", with: "neutral_us: 1299")
        #expect(neutral.map(\.fault) == [.leavesLimits(found: 1299, lower: 1300, upper: 1600, unit: .microseconds)])
        #expect(neutral.map(\.line) == [5])
        #expect(neutral.map(\.key) == ["actuators.A.neutral_us"])
    }

    @Test func anUnknownChannelIsRefusedWithItsName() throws {
        let found = try Self.faults("jawOpen", with: "jawOpened")
        #expect(found.map(\.key) == ["actuators.A.inputs.jawOpened"])
        #expect(found.map(\.line) == [4])
        #expect(
            found.map(\.fault) == [
                .unknownName(found: "jawOpened", kind: "a blendshape, a head value or a landmark distance")
            ])
    }

    @Test func anUnknownActuatorIsRefusedAndTheMissingOneNamed() throws {
        let found = try Self.faults("  A:", with: "  B:")
        #expect(found.map(\.fault).contains(.missingActuator("A")))
        #expect(found.map(\.fault).contains(.unknownName(found: "B", kind: "an actuator of one")))
    }

    @Test func fewerThanSevenPointsAreRefused() throws {
        let found = try Self.faults(", [1, 1590]", with: "")
        #expect(found.map(\.fault) == [.tooFewPoints(found: 6, expected: 7)])
    }

    @Test func numbersThatAreNotFiniteAreRefused() throws {
        #expect(try Self.faults("jawOpen: 1", with: "jawOpen: .nan").map(\.key) == ["actuators.A.inputs.jawOpen"])
        #expect(try Self.faults("[1, 1590]", with: "[.inf, 1590]").map(\.key) == ["actuators.A.table[6]"])
        #expect(try Self.faults("neutral: 0.1", with: "neutral: x").map(\.line) == [4])
    }

    @Test func aCalibrationOfAnotherRobotIsRefused() throws {
        #expect(try Self.faults("robot: one", with: "robot: two").map(\.key) == ["robot"])
    }

    @Test func anActuatorGivenTwiceIsRefused() throws {
        let twice = """
            robot: one
            actuators:
              A: {}
              A: {}
            """
        let found = try problems { try Calibration(yaml: twice, name: "c.yaml", robot: Self.robot.get()) }
        #expect(found.count == 1)
        #expect(found[0].line != nil)
    }

    @Test func theRobotOfAFileIsReadBeforeTheRest() throws {
        let path = ShippedFiles.root.appending(path: "Calibration/maestro-face-23.yaml").path
        let robot = try Calibration.robot(namedIn: path)
        #expect(robot.name == "maestro-face-23")
        let lines = try ShippedFiles.text("Calibration/maestro-face-23.yaml").split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[robot.line - 1] == "robot: maestro-face-23")
    }
}
