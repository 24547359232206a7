import Testing

@testable import Actuation

@Suite struct RobotDescriptionTests {
    /// Name, channel, min, neutral and max as published (hansonrobotics/HEAD, see the protocol facts §4.2).
    private static let published: [(String, Int, Double, Double, Double)] = [
        ("Brow-Center", 19, 1500, 2250, 2300), ("Brow-Inner-L", 13, 980, 1500, 2100),
        ("Brow-Inner-R", 18, 1000, 1650, 2200), ("Brow-Outer-L", 6, 920, 1500, 2100),
        ("Brow-Outer-R", 16, 720, 1500, 2100), ("Cheek-Squint", 8, 800, 1587, 1950), ("EE-L", 14, 1300, 1599, 1760),
        ("EE-R", 17, 1347, 1630, 1900), ("EyeTurn-L", 1, 1275, 1771, 1971), ("EyeTurn-R", 0, 1800, 2000, 2286),
        ("Eyes-Up-Down", 20, 1400, 1650, 1968), ("Lower-Lid-L", 3, 980, 1400, 1700),
        ("LowerLid-R", 2, 1400, 1680, 2096), ("Upper-Lid-L", 5, 1100, 1651, 1900),
        ("Upper-Lid-R", 4, 1224, 1480, 2110), ("Lower-Lip-Center", 12, 1024, 1621, 1920),
        ("Lower-Lip-L", 7, 860, 1166, 1700), ("Lower-Lip-R", 11, 1260, 1994, 2300),
        ("Upper-Lip-Center", 9, 1021, 1695, 2002), ("Upper-Lip-L", 10, 1100, 1546, 1992),
        ("Upper-Lip-R", 15, 720, 924, 1472), ("oo-Drawstring-Lower", 21, 1104, 1104, 1600),
        ("oo-Drawstring-Upper", 22, 1500, 2000, 2000),
    ]

    @Test func theShippedFaceHasThe23PublishedServos() throws {
        let robot = try ShippedFiles.robot()
        #expect(robot.name == "maestro-face-23")
        #expect(robot.controlRate == 100)
        #expect(
            robot.buses == [
                .init(name: "face", kind: .maestro(.init(device: nil, crc: false, channels: 24)), port: nil)
            ]
        )
        #expect(robot.actuators.count == 23)
        for (name, channel, lowest, neutral, highest) in Self.published {
            let actuator = robot.actuators[try #require(robot.index(ofActuator: name))]
            #expect(actuator.channel == channel)
            #expect(
                [actuator.lowestRaw, actuator.neutralRaw, actuator.highestRaw] == [lowest, neutral, highest], "\(name)")
        }
    }

    @Test func pulsesAndDegreesBecomeRadians() throws {
        let robot = try RobotDescription(yaml: Self.minimal, name: "r.yaml")
        let servo = robot.actuators[0]
        // 0.1 degrees per µs: 100 µs are 10 degrees, 0.174533 rad.
        #expect(abs(servo.limits.upper - 0.174_532_925_199_432_95) < 1e-15)
        #expect(abs(servo.limits.lower + 0.349_065_850_398_865_9) < 1e-15)
        #expect(abs(servo.limits.velocity - 3.490_658_503_988_659) < 1e-14)
        // 1000 µs/s² at 0.1 degrees per µs are 100 degrees/s².
        #expect(abs(servo.limits.acceleration - 1.745_329_251_994_329_5) < 1e-14)
        #expect(abs(servo.scale.raw(ofRadians: 0.174_532_925_199_432_95) - 1600) < 1e-9)
        #expect(servo.safe == servo.neutral)
    }

    @Test func roundingToQuarterMicrosecondsStaysInsideTheLimits() throws {
        let yaml = Self.minimal.replacing("max_us: 1600", with: "max_us: 1600.1").replacing(
            "min_us: 1300", with: "min_us: 1300.1")
        let servo = try RobotDescription(yaml: yaml, name: "r.yaml").actuators[0]
        #expect(servo.steps(ofRadians: 9) == 6400)
        #expect(servo.steps(ofRadians: -9) == 5201)
        #expect(servo.steps(ofRadians: servo.scale.radians(ofRaw: 1500.13)) == 6001)
        #expect(servo.steps(ofRadians: .nan) == 6000)
    }

    @Test func everyProblemIsNamedAtOnceWithLineAndKey() throws {
        let yaml = """
            name: broken
            control_rate_hz: 5
            buses:
              face: {kind: maestro, channels: 6, speed: 1}
            motion:
              slow: {velocity_deg_per_s: 0, acceleration_deg_per_s2: 1, jerk_deg_per_s3: 1}
            actuators:
              - {name: A, channel: 0, min_us: 1600, neutral_us: 1500, max_us: 1400, motion: slow}
              - {name: A, channel: 0, min_us: 1400, neutral_us: 1700, max_us: 1600, motion: fast}
              - {name: B, channel: 7, min_us: .nan, neutral_us: 1500, max_us: 1600, motion: slow}
              - {channel: x, min_us: 1400, neutral_us: 1500, max_us: 1600, motion: slow}
            """
        let found = try problems { try RobotDescription(yaml: yaml, name: "b.yaml") }.map {
            "\($0.line ?? 0) \($0.key)"
        }
        let expected = [
            "2 control_rate_hz", "4 buses.face.speed", "6 motion.slow.velocity_deg_per_s", "8 actuators[0].max_us",
            "9 actuators[1].name", "9 actuators[1].channel", "9 actuators[1].motion", "9 actuators[1].neutral_us",
            "10 actuators[2].channel", "10 actuators[2].min_us", "11 actuators[3].name", "11 actuators[3].channel",
        ]
        #expect(found == expected)
    }

    @Test(arguments: ["", "[", "a: b: c", "- 1", "just text", "a: {", "\u{0}", "x: &a [*a]", "a: 1\na: 2"])
    func whatIsNoDescriptionIsRefusedWithoutACrash(text: String) throws {
        #expect(try !problems { try RobotDescription(yaml: text, name: "b.yaml") }.isEmpty)
    }

    @Test func deepNestingIsRefusedWithoutACrash() throws {
        let text = String(repeating: "[", count: 200_000)
        #expect(try !problems { try RobotDescription(yaml: text, name: "b.yaml") }.isEmpty)
    }

    @Test func aliasesThatGrowWithoutBoundAreRefusedAtOnce() throws {
        var text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1..<12 {
            text +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",") + "]\n"
        }
        let found = try problems { try RobotDescription(yaml: text + "? *a11\n: 1\n", name: "b.yaml") }
        #expect(found.map(\.line) == [2])
    }

    @Test func aFileThatIsNotThereIsOneClearSentence() throws {
        let found = try problems { try RobotDescription(path: "nowhere/robot.yaml") }
        #expect(found.map(\.description) == ["nowhere/robot.yaml: cannot be read: No such file or directory"])
    }

    static let minimal = """
        name: one
        buses:
          only: {kind: maestro}
        motion:
          plain: {velocity_deg_per_s: 200, acceleration_us_per_s2: 1000, jerk_deg_per_s3: 40000}
        actuators:
          - {name: A, channel: 3, min_us: 1300, neutral_us: 1500, max_us: 1600, motion: plain, pulse_scale_deg_per_us: 0.1}
        """
}

/// The problems that a reader throws; none when it does not throw.
func problems<T>(_ read: () throws -> T) throws -> [FileProblem] {
    do {
        _ = try read()
        return []
    } catch let found as FileProblems {
        return found.problems
    }
}
