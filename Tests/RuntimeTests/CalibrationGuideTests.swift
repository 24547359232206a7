import Actuation
import FaceKit
import Foundation
import Hardware
import Testing

@testable import Runtime

/// The guided calibration against simulated mechanisms that end before their files say so.
@Suite(.serialized) struct CalibrationGuideTests {
    private func files(_ name: String) throws -> (path: String, robot: RobotDescription, calibration: Calibration) {
        let path = MienProgram.root + "/Robots/\(name).yaml"
        let robot = try RobotDescription(path: path)
        return (path, robot, try Calibration(path: MienProgram.root + "/Calibration/\(name).yaml", robot: robot))
    }

    /// Guides some actuators of a simulated robot.
    private func guide(
        _ name: String, only: [String], answers: String = "{}", speed: Double = 0.4
    ) throws -> (found: [CalibrationRun.Guided], stops: [ClosedRange<Double>], isOn: Bool) {
        let (path, robot, calibration) = try files(name)
        let simulator = try SimulatorProcess(executable: MienProgram().path, robot: path, stops: 5)
        let port = simulator.port
        let output = try BusLanguage.writer(robot: robot, bus: 0, framesPerHealthRequest: 5) {
            () throws(SerialPortError) in try SerialPortOpener.open(port)
        }
        defer { output.finish() }
        output.limitTorque(0.3)
        var care = CalibrationRun.Care()
        care.speed = speed
        care.torque = 0.3
        var run = CalibrationRun(
            robot: robot, nominal: calibration, outputs: [output], starts: robot.neutral, care: care,
            stop: StopFlag())
        var written = try JSONDecoder().decode(WrittenAnswers.self, from: Data(answers.utf8))
        let hidden = HiddenStops(robot: robot, seed: 5)
        let places = only.compactMap { robot.index(ofActuator: $0) }
        var meter: (any AngleMeter)?
        let found = try places.map { try run.guide($0, answers: &written, meter: &meter) }
        let stops = try only.map { try #require(hidden.stops[$0]) }
        let faults = try simulator.status().servos.contains { !$0.faults.isEmpty }
        return (found, stops, faults)
    }

    @Test(arguments: [("dynamixel-neck-3", "neck-pitch"), ("feetech-face-8", "brow-left")])
    func aStallEndsTheCrawlBeforeTheMechanismsEndAndOverloadsNothing(_ name: String, _ actuator: String) throws {
        var (found, stops, hasFaults) = try guide(name, only: [actuator])
        // The simulated servo's second is the machine's: one that kept the guide from looking for that long is no verdict.
        for _ in 0..<3 where hasFaults { (found, stops, hasFaults) = try guide(name, only: [actuator]) }
        let ends = try #require(found.first).ends
        #expect(ends.low == .stalled)
        #expect(ends.high == .stalled)
        let width = stops[0].upperBound - stops[0].lowerBound
        // Inside of both ends, and not by more than a tenth of the way.
        #expect(stops[0].contains(ends.reach.lowerBound) && stops[0].contains(ends.reach.upperBound))
        #expect(ends.reach.lowerBound - stops[0].lowerBound < 0.1 * width)
        #expect(stops[0].upperBound - ends.reach.upperBound < 0.1 * width)
        #expect(!hasFaults)
        let table = try #require(found[0].entry.table)
        #expect(table.outputs.allSatisfy { ends.reach.contains($0) })
    }

    @Test func writtenAnswersStopReverseAndPlaceWhereNothingCanBeMeasured() throws {
        let answers = #"{"HeadTurn": {"low": 60, "high": 125, "neutral": 95, "reversed": true}}"#
        let (found, _, _) = try guide("ohbot", only: ["HeadTurn"], answers: answers)
        let entry = try #require(found.first).entry
        #expect(found[0].ends.low == .told && found[0].ends.high == .told)
        #expect(entry.neutralRaw == 95)
        // A margin of 3 % of 180 degrees is left to what was told, which comes a step late at most.
        let reach = try #require(entry.reach)
        #expect(abs(reach.lowerBound - 65.4) < 1 && abs(reach.upperBound - 119.6) < 1)
        let outputs = try #require(entry.table?.outputs)
        #expect(outputs.first ?? 0 > outputs.last ?? 0)
        #expect(outputs.allSatisfy { reach.contains($0) })
    }

    @Test func aNeutralBeyondTheEndsIsRefused() throws {
        #expect(throws: CalibrationPlan.Failure.unreachable) {
            try guide(
                "ohbot", only: ["EyeTurn"], answers: #"{"EyeTurn": {"low": 90, "high": 115, "neutral": 130}}"#)
        }
    }

    @Test func aReachThatTablesLeaveIsNotSaved() throws {
        let (_, robot, calibration) = try files("ohbot")
        var bad = calibration
        bad.serial = "t"
        bad.entries[1].reach = 80...100
        let folder = NSTemporaryDirectory() + "mien-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: CalibrationStore.Failure.self) {
            try CalibrationStore(folder: folder).save(bad, robot: robot, remarks: [])
        }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }
}
