import Actuation
import FaceKit
import Hardware
import Motion
import Testing

@testable import Runtime

/// The emergency stop from outside, through the control tick, on the virtual clock.
@Suite struct StopLatchTests {
    private func pipeline(_ latch: StopLatch, slot: LatestValueSlot<MotionPacket>) throws -> ControlPipeline {
        let files = try ControllerTests.RobotFiles()
        return ControlPipeline(
            robot: files.robot, calibration: files.calibration,
            buses: [RecordingBus(name: "face", bus: MaestroBus(actuators: files.robot.actuators))], slot: slot,
            neutral: FaceChannels(), framePeriod: ControllerTests.framePeriod, period: ControllerTests.period,
            wakeUp: WakeUp(neutral: files.robot.neutral), stop: latch)
    }

    @Test func everythingComesToRestAndHoldsUntilAnOperatorClears() throws {
        let latch = StopLatch()
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let pipeline = try pipeline(latch, slot: slot)
        var stream = ControllerTests.RhythmStream()
        var tick = 0
        /// Runs a second; true if anything moved in its last half.
        func runASecond() throws -> Bool {
            var moved = false
            for step in 0..<100 {
                let now = Nanoseconds(tick) * ControllerTests.period
                if tick % 4 == 0 {
                    let frame = try stream.next(person: nil)
                    slot.put(
                        MotionPacket(
                            index: tick / 4, channels: FaceChannels(frame.face, distances: frame.distances),
                            driver: .idle))
                }
                let before = Array(pipeline.positions)
                pipeline.tick(elapsed: now, now: now, lateness: 0)
                if step >= 50, Array(pipeline.positions) != before { moved = true }
                tick += 1
            }
            return moved
        }
        _ = try runASecond()
        _ = try runASecond()
        #expect(try runASecond())
        latch.press(.message)
        #expect(try !runASecond())
        #expect(pipeline.emergencyStop.cause == .message)
        latch.press(.operator)
        #expect(try !runASecond())
        // The first cause is the one that matters afterwards.
        #expect(pipeline.emergencyStop.cause == .message)
        latch.clearByOperator()
        #expect(try runASecond())
        #expect(pipeline.violations.total == 0)
    }

    @Test func aPressThatComesWithAClearWins() {
        let latch = StopLatch()
        var stop = EmergencyStop()
        latch.press(.script)
        latch.clearByOperator()
        latch.update(&stop)
        #expect(stop.cause == .script)
    }
}
