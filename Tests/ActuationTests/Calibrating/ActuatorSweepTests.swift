import Actuation
import FaceKit
import Testing

/// Horns whose truth is known: what a sweep says of them, and what a calibration makes of that.
@Suite struct ActuatorSweepTests {
    private static let degree = Double.pi / 180

    /// A horn with an offset of 3°, a gain of 0.9, and 20 µs of play, on a servo of 0.09° a microsecond.
    private func angle(_ raw: Double) -> Double { (3 + 0.9 * 0.09 * (raw - 1500)) * Self.degree }

    private func sweep(play: Double = 20, sign: Double = 1) -> ActuatorSweep {
        let raws = stride(from: 1000.0, through: 2000, by: 100)
        return ActuatorSweep(
            up: raws.map { .init(raw: $0, angle: sign * angle($0 - play / 2)) },
            down: raws.map { .init(raw: $0, angle: sign * angle($0 + play / 2)) })
    }

    private func actuator() throws -> Actuator {
        let scale = ServoScale.maestro(radiansPerMicrosecond: 0.09 * Self.degree)
        let limits = try #require(
            MotionLimits(
                lower: scale.radians(ofRaw: 1000), upper: scale.radians(ofRaw: 2000), velocity: 5, acceleration: 100,
                jerk: 5000))
        return Actuator(
            name: "a", bus: 0, channel: 0, scale: scale, lowestRaw: 1000, neutralRaw: 1500, highestRaw: 2000,
            safeRaw: 1500, limits: limits)
    }

    /// Inputs −1 to 1 mean 1200 to 1800 µs by the nominal scale: −27° to 27°.
    private func nominal() throws -> Calibration.Entry {
        let inputs = stride(from: -1.0, through: 1, by: 1.0 / 3).map { $0 }
        let table = try #require(MonotoneCubic(inputs: inputs, outputs: inputs.map { 1500 + 300 * $0 }))
        return Calibration.Entry(
            actuator: 0, inputs: [], landmarkInputs: [], neutralRaw: 1500, table: table)
    }

    @Test func aSweepTellsPlayDirectionAndCurve() throws {
        let finding = try sweep().finding(radiansPerUnit: 0.09 * Self.degree)
        #expect(abs(finding.backlash - 20) < 0.5)
        #expect(finding.rises)
        #expect(abs(finding.curve(1500) - 3 * Self.degree) < 1e-4)
        #expect(try !sweep(sign: -1).finding(radiansPerUnit: 0.09 * Self.degree).rises)
    }

    /// To stand at 0° this horn needs 1500 − 3 / (0.9 · 0.09) = 1462.96 µs; at 18° (input 2/3) it needs 1685.19 µs.
    @Test func theCalibratedTableMakesTheMeantAngles() throws {
        let finding = try sweep().finding(radiansPerUnit: 0.09 * Self.degree)
        let result = try CalibrationPlan.calibrated(nominal(), of: actuator(), finding: finding)
        #expect(abs(result.entry.neutralRaw - 1462.96) < 0.2)
        let table = try #require(result.entry.table)
        #expect(abs(table(0) - 1462.96) < 0.3)
        #expect(abs(table(2.0 / 3) - 1685.19) < 0.3)
        #expect(abs(result.entry.backlash - 20) < 0.5)
        #expect(result.worstError < 0.1 * Self.degree)
        #expect(!result.isCut)
    }

    /// Mounted the other way round, the same angles lie at the mirrored pulses: 0° at 1500 − 37.04, 18° (input 2/3,
    /// which is −18° of the horn as measured before turning) at 1500 − (18 + 3) / 0.081 = 1240.74.
    @Test func aHornMountedTheOtherWayTurnsTheTableRound() throws {
        let finding = try sweep(sign: -1).finding(radiansPerUnit: 0.09 * Self.degree)
        let result = try CalibrationPlan.calibrated(nominal(), of: actuator(), finding: finding)
        let table = try #require(result.entry.table)
        #expect(abs(table(0) - 1462.96) < 0.3)
        #expect(abs(table(2.0 / 3) - 1240.74) < 0.3)
        #expect(table(0.5) < table(-0.5))
    }

    @Test func aHornThatHardlyMovesIsRefused() {
        let raws = stride(from: 1000.0, through: 2000, by: 100)
        let samples = raws.map { ActuatorSweep.Sample(raw: $0, angle: 1e-3 * $0 * Self.degree) }
        #expect(throws: ActuatorSweep.Failure.self) {
            try ActuatorSweep(up: samples, down: samples).finding(radiansPerUnit: 0.09 * Self.degree)
        }
    }

    /// A horn off by 60° reaches none of the angles that are meant.
    @Test func anglesThatCannotBeReachedAreRefused() throws {
        let raws = stride(from: 1000.0, through: 2000, by: 100)
        let samples = raws.map { ActuatorSweep.Sample(raw: $0, angle: angle($0) + 90 * Self.degree) }
        let finding = try ActuatorSweep(up: samples, down: samples).finding(radiansPerUnit: 0.09 * Self.degree)
        #expect(throws: CalibrationPlan.Failure.unreachable) {
            try CalibrationPlan.calibrated(nominal(), of: actuator(), finding: finding)
        }
    }

    @Test func playIsTakenUpInTheDirectionOfMotion() throws {
        let robot = RobotDescription(
            name: "r", controlRate: 100, buses: [.init(name: "b", kind: .ohbot)], actuators: [try actuator()])
        var entry = try nominal()
        entry.backlash = 20
        var compensator = BacklashCompensator(
            robot: robot, calibration: Calibration(robot: "r", entries: [entry]))
        let half = 10 * 0.09 * Self.degree
        func led(_ target: Double) -> Double {
            var targets = [target]
            var span = targets.mutableSpan
            compensator.lead(&span)
            return targets[0] - target
        }
        #expect(led(0) == 0)
        #expect(abs(led(0.1) - half) < 1e-12)
        #expect(abs(led(0.2) - half) < 1e-12)
        // A tremble does not turn it round; a way back beyond half of the play does.
        #expect(abs(led(0.2 - half / 2) - half) < 1e-12)
        #expect(abs(led(0.1) + half) < 1e-12)
    }
}
