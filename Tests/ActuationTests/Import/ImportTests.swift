import FaceKit
import Foundation
import Testing

@testable import Actuation

@Suite struct URDFImportTests {
    private static let urdf = """
        <?xml version="1.0"?>
        <robot name="head one">
          <link name="base"/>
          <joint name="pan" type="revolute">
            <parent link="base"/><child link="neck"/>
            <limit lower="-1.0" upper="1.5" effort="2" velocity="3.0"/>
          </joint>
          <joint name="tilt" type="revolute">
            <limit lower="-0.8" upper="0.8" effort="2" velocity="2.0"/>
            <safety_controller soft_lower_limit="-0.5" soft_upper_limit="0.6" k_velocity="1"/>
          </joint>
          <joint name="wheel" type="continuous"/>
          <joint name="rail" type="prismatic"><limit lower="0" upper="0.1" velocity="1"/></joint>
          <joint name="twin" type="revolute"><limit lower="-1" upper="1" velocity="1"/><mimic joint="pan"/></joint>
          <joint name="stuck" type="revolute"><limit velocity="1"/></joint>
          <joint name="weld" type="fixed"/>
        </robot>
        """

    private func read(_ text: String) throws -> ImportedRobot {
        try URDFImport.read(Data(text.utf8), path: "head.urdf", model: .xl430w250)
    }

    @Test func limitsAndVelocitiesAreTheJoints() throws {
        let imported = try read(Self.urdf)
        let robot = try RobotDescription(yaml: imported.robot, name: "imported.yaml")
        #expect(robot.name == "head-one")
        #expect(robot.actuators.map(\.name) == ["pan", "tilt", "wheel"])
        #expect(robot.actuators.map(\.channel) == [1, 2, 3])
        // By hand: 4096 ticks a turn round 2048, rounded towards the inside.
        #expect(robot.actuators[0].lowestRaw == 1397 && robot.actuators[0].highestRaw == 3025)
        #expect(robot.actuators[0].neutralRaw == 2048)
        // The soft limits are narrower.
        #expect(robot.actuators[1].lowestRaw == 1723 && robot.actuators[1].highestRaw == 2439)
        #expect(robot.actuators[2].lowestRaw == 0 && robot.actuators[2].highestRaw == 4095)
        #expect(abs(robot.actuators[0].limits.velocity - 3) < 0.002)
        #expect(abs(robot.actuators[1].limits.velocity - 2) < 0.002)
    }

    @Test func whatIsLeftOutIsSaid() throws {
        let remarks = try read(Self.urdf).remarks.joined(separator: "\n")
        for name in ["rail", "twin", "stuck", "wheel says no velocity"] { #expect(remarks.contains(name)) }
        #expect(!remarks.contains("weld"))
    }

    @Test func whatIsNoURDFIsRefusedWithItsLine() {
        #expect(throws: ImportedRobot.Failure.self) { try read("<robot><joint") }
        #expect(throws: ImportedRobot.Failure.self) { try read("") }
        #expect(
            throws: ImportedRobot.Failure.nothing(
                path: "head.urdf", expected: "at least one revolute joint with limits")
        ) {
            try read("<robot name='x'><link name='a'/></robot>")
        }
    }
}

@Suite struct HansonImportTests {
    private static let motors = """
        - name: EyeTurn-L
          hardware: pololu
          motor_id: 1
          min: 1000
          init: 1500
          max: 2000
          pau:
            parser: {name: getproperty, property: m_eyeGazeLeftYaw}
            function: [{name: linear, min: -0.5, max: 0.5}]
        - name: Smile_L
          hardware: pololu
          motor_id: 7
          min: 1000
          init: 1402
          max: 2000
          pau:
            parser: {name: fsshapekey, shapekey: lips-smile.L;lips-frown.L}
            function:
              - {name: weightedsum, imin: 0.402, terms: [{min: 0, max: 1, imax: 0}, {min: 0, max: 0.6, imax: 1}]}
        - name: Lid
          hardware: pololu
          motor_id: 3
          min: 1000
          init: 1400
          max: 2000
          pau:
            parser: {name: fsshapekey, shapekey: eye-blink.UP.L;eye-flare.UP.L}
            function:
              - {name: interpsum, y0: 0.4, terms: [{x0: 0, points: [[0.6, 0.2], [0.8, 0.0]]}, {x0: 0, points: [[1, 1]]}]}
        - {name: Flat, hardware: pololu, motor_id: 5, min: 1000, init: 1500, max: 2000, function: weightedsum,
           parser: fsshapekey, parser_param: lips-smile.R;lips-frown.R, max1: 0.5, imax1: 0, max2: 1, imax2: 1}
        - {name: Neck, hardware: dynamixel, motor_id: 0, min: 1200, init: 2000, max: 3000}
        """

    private struct Made {
        let robot: RobotDescription
        let calibration: Calibration
        let remarks: [String]

        init(_ text: String, gaze: GazeSigns = GazeSigns(yaw: .left)) throws {
            let imported = try HansonImport.read(
                YAMLFile(name: "motors.yaml", text: text), name: "face", gaze: gaze)
            robot = try RobotDescription(yaml: imported.robot, name: "face.yaml")
            calibration = try Calibration(
                yaml: try #require(imported.calibration), name: "face.yaml", robot: robot)
            remarks = imported.remarks
        }

        /// The pulse of an actuator for a face.
        func pulse(_ name: String, _ set: [Blendshape: Float]) throws -> Double {
            var retargeter = Retargeter(robot: robot, calibration: calibration)
            var channels = FaceChannels()
            for (shape, value) in set { channels[FaceChannel(shape)] = value }
            var targets = [Double](repeating: 0, count: retargeter.count)
            var span = targets.mutableSpan
            retargeter.targets(of: channels, into: &span)
            let index = try #require(robot.index(ofActuator: name))
            return robot.actuators[index].scale.raw(ofRadians: targets[index])
        }
    }

    @Test func aWeightedSumGivesItsMotorsPulses() throws {
        let made = try Made(Self.motors)
        // By hand from the definition: min + range · (imin + Σ x / (max − min) · (imax − imin)).
        #expect(abs(try made.pulse("Smile_L", [:]) - 1402) < 0.5)
        #expect(abs(try made.pulse("Smile_L", [.mouthSmileLeft: 1]) - 1000) < 0.5)
        #expect(abs(try made.pulse("Smile_L", [.mouthSmileLeft: 0.5]) - 1201) < 1)
        #expect(abs(try made.pulse("Smile_L", [.mouthFrownLeft: 0.6]) - 2000) < 0.5)
        #expect(abs(try made.pulse("Smile_L", [.mouthFrownLeft: 0.3]) - 1701) < 1)
        #expect(abs(try made.pulse("Smile_L", [.mouthFrownLeft: 0.3, .mouthSmileLeft: 0.5]) - 1500) < 1)
    }

    @Test func theFlatFormMeansTheSame() throws {
        let made = try Made(Self.motors)
        #expect(abs(try made.pulse("Flat", [:]) - 1500) < 0.5)
        #expect(abs(try made.pulse("Flat", [.mouthSmileRight: 0.5]) - 1000) < 0.5)
        #expect(abs(try made.pulse("Flat", [.mouthFrownRight: 1]) - 2000) < 0.5)
    }

    @Test func anInterpolatedSumBendsAsItsSplineDoes() throws {
        let made = try Made(Self.motors)
        #expect(abs(try made.pulse("Lid", [:]) - 1400) < 0.5)
        // The quadratic through (0, 0.4), (0.6, 0.2), (0.8, 0), by hand 0.4 + x/6 − 5x²/6, is a third at 0.4.
        #expect(abs(try made.pulse("Lid", [.eyeBlinkLeft: 0.4]) - 1333) < 12)
        #expect(abs(try made.pulse("Lid", [.eyeBlinkLeft: 0.6]) - 1200) < 12)
        #expect(abs(try made.pulse("Lid", [.eyeBlinkLeft: 0.8]) - 1000) < 0.5)
        #expect(abs(try made.pulse("Lid", [.eyeWideLeft: 0.5]) - 1700) < 1)
    }

    @Test func aGazeInRadiansTurnsTheEye() throws {
        let made = try Made(Self.motors)
        #expect(abs(try made.pulse("EyeTurn-L", [:]) - 1500) < 0.5)
        // A gaze coefficient of ½ is 0.26 rad, and ±0.5 rad spans 1000 µs.
        #expect(abs(try made.pulse("EyeTurn-L", [.eyeLookOutLeft: 0.5]) - 1760) < 1)
        #expect(abs(try made.pulse("EyeTurn-L", [.eyeLookInLeft: 0.5]) - 1240) < 1)
    }

    @Test func aRigWhosePositiveYawLooksRightTurnsTheEyeTheOtherWay() throws {
        let made = try Made(Self.motors, gaze: GazeSigns(yaw: .right))
        #expect(abs(try made.pulse("EyeTurn-L", [.eyeLookOutLeft: 0.5]) - 1240) < 1)
        #expect(abs(try made.pulse("EyeTurn-L", [.eyeLookInLeft: 0.5]) - 1760) < 1)
    }

    @Test func aGazeWhoseSignNobodySaidIsRefused() throws {
        let problems = #expect(throws: FileProblems.self) { try Made(Self.motors, gaze: GazeSigns(pitch: .up)) }
        let said = try #require(problems).description
        #expect(said.contains("--gaze-yaw left or right"))
        #expect(said.contains("m_eyeGazeLeftYaw"))
        let tilt = Self.motors.replacing("m_eyeGazeLeftYaw", with: "m_eyeGazeLeftPitch")
        let other = #expect(throws: FileProblems.self) { try Made(tilt, gaze: GazeSigns(yaw: .left)) }
        #expect(try #require(other).description.contains("--gaze-pitch up or down"))
    }

    @Test func motorsOnOtherBusesAreLeftOutAndSaid() throws {
        let made = try Made(Self.motors)
        #expect(made.robot.actuators.map(\.name) == ["EyeTurn-L", "Smile_L", "Lid", "Flat"])
        #expect(made.remarks.contains { $0.contains("Neck") })
    }

    @Test(arguments: [
        "[]", "- {name: a, hardware: pololu}", "- 3", "a: b", "- {name: a, motor_id: 1, min: 9, init: 1, max: 2}",
    ])
    func whatIsNoMotorFileIsRefused(_ text: String) {
        #expect(throws: FileProblems.self) { try HansonImport.read(YAMLFile(name: "m", text: text), name: "x") }
    }
}

@Suite struct DescriptionSchemaTests {
    @Test(arguments: DescriptionSchema.Kind.allCases)
    func theCommittedSchemaIsTheOneThatTheCodeMakes(_ kind: DescriptionSchema.Kind) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Documentation/\(kind.rawValue)-schema.json")
        #expect(try String(contentsOf: path, encoding: .utf8) == DescriptionSchema.json(kind))
    }
}
