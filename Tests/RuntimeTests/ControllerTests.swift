import Actuation
import CAllocationCounter
import FaceKit
import Foundation
import Hardware
import Motion
import Perception
import Testing

@testable import Runtime

@Suite struct ControllerTests {
    /// A generator that opens the jaw and blinks in a slow rhythm, and fails, freezes or goes mad on demand.
    struct RhythmStream: MotionStream {
        enum Trouble { case none, nan, frozen, fails }
        struct Fault: Error {}
        var index = 0
        var trouble = Trouble.none
        var troubleFrom = Int.max

        mutating func next(person: PersonFrame?) throws -> MotionFrame {
            defer { index += 1 }
            let isTroubled = index >= troubleFrom
            if isTroubled, trouble == .fails { throw Fault() }
            let time = Float(isTroubled && trouble == .frozen ? troubleFrom : index) / 25
            var face = FaceFrame()
            face[.jawOpen] = isTroubled && trouble == .nan ? .nan : 0.5 + 0.4 * sin(2 * .pi * time)
            face[.eyeBlinkLeft] = 0.5 - 0.5 * cos(3 * time)
            face[.mouthSmileLeft] = 0.5 + 0.5 * sin(2.3 * time)
            return MotionFrame(face: face, landmarks: LandmarkFrame(), distances: .init(repeating: 0))
        }
    }

    struct Parts {
        let session: RobotFiles
        let bus: any BusOutput
        let slot: LatestValueSlot<MotionPacket>
        let control: ControlPipeline
        let motion: MotionPipeline
    }

    struct RobotFiles {
        let robot: RobotDescription
        let calibration: Calibration

        init() throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../..")
            robot = try RobotDescription(path: root.appendingPathComponent("Robots/maestro-face-23.yaml").path)
            calibration = try Calibration(
                path: root.appendingPathComponent("Calibration/maestro-face-23.yaml").path, robot: robot)
        }
    }

    static let period: Nanoseconds = 10_000_000
    static let framePeriod: Nanoseconds = 40_000_000

    private func parts(_ stream: RhythmStream = RhythmStream()) throws -> Parts {
        let files = try RobotFiles()
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let bus = BusLanguage.recording(robot: files.robot, bus: 0)
        let control = ControlPipeline(
            robot: files.robot, calibration: files.calibration, buses: [bus], slot: slot, neutral: FaceChannels(),
            framePeriod: Self.framePeriod, period: Self.period,
            wakeUp: WakeUp(neutral: files.robot.neutral))
        let motion = MotionPipeline(
            person: AbsentPerson(), idler: stream, listener: nil, frameRate: 25,
            portrait: { MotionFrame(face: $0, landmarks: LandmarkFrame(), distances: .init(repeating: 0)) })
        return Parts(session: files, bus: bus, slot: slot, control: control, motion: motion)
    }

    private func run(_ parts: Parts, seconds: Double) -> Controller<VirtualClock>.Report {
        let controller = Controller(
            clock: VirtualClock(), timing: .init(controlRate: 100, motionRate: 25, seconds: seconds),
            slot: parts.slot, stop: StopFlag())
        return controller.runVirtually(motion: parts.motion, control: parts.control)
    }

    @Test func theSameInputGivesTheSameBytesTwice() throws {
        let first = try parts()
        let second = try parts()
        _ = run(first, seconds: 20)
        _ = run(second, seconds: 20)
        #expect(first.bus.statistics.bytesWritten > 50_000)
        #expect(first.bus.statistics.sha256 == second.bus.statistics.sha256)
    }

    @Test func everyMotionFrameIsPlayedAndNoLimitIsBroken() throws {
        let parts = try parts()
        let report = run(parts, seconds: 20)
        // 20 s at 25 Hz make 500 frames; the last is due when motion has ended and is not played.
        #expect(report.motion.counts.suhmoFrames == 500)
        #expect(report.control.counts.played == 499)
        #expect(report.control.counts.missed == 0)
        #expect(report.control.violations.total == 0)
        #expect(report.controlSchedule.skipped == 0)
        let travel = zip(report.control.positions, parts.session.robot.neutral).map { abs($0 - $1) }
        #expect(travel.allSatisfy { $0 < 1e-6 }, "the face has settled at neutral")
    }

    @Test(arguments: [RhythmStream.Trouble.nan, .frozen, .fails])
    func aGeneratorInTroubleIsReplacedByTheFallback(trouble: RhythmStream.Trouble) throws {
        let parts = try parts(RhythmStream(trouble: trouble, troubleFrom: 100))
        let report = run(parts, seconds: 10)
        #expect(report.control.counts.fallbacks == 1)
        #expect(report.control.violations.total == 0)
        #expect(report.control.positions.allSatisfy { $0.isFinite })
        let failure = report.motion.lastFailure ?? ""
        #expect(failure.contains("Fault") == (trouble == .fails))
    }

    @Test func motionThatIsSlowerThanItsPeriodSkipsTicksAndItsFramesKeepTheirPlace() throws {
        var motion = try parts().motion
        let clock = VirtualClock()
        var schedule = TickSchedule(start: 0, period: Self.framePeriod)
        var indices: [Int] = []
        for _ in 0..<5 {
            clock.wait(until: schedule.deadline)
            _ = schedule.begin(now: clock.now())
            let made = motion.tick(schedule.index, lateness: 0)
            indices.append(try #require(made).packet.index)
            // Three periods of work: the two ticks that fall into it are skipped, the next one is on time.
            clock.advance(by: 3 * Self.framePeriod)
            _ = schedule.finish(now: clock.now())
        }
        #expect(indices == [0, 3, 6, 9, 12])
        #expect(schedule.skipped == 10)
        #expect(schedule.late == 0)
    }

    /// Unoptimised code boxes what the release build keeps in registers.
    static let isOptimised = {
        var isOptimised = true
        assert({ isOptimised = false }() == ())
        return isOptimised
    }()

    @Test(.enabled(if: isOptimised, "counted in release builds only"))
    func theControlTickAllocatesNothingAfterStartUp() throws {
        let parts = try parts()
        var motion = parts.motion
        let timing = Controller<VirtualClock>.Timing(controlRate: 100, motionRate: 25, seconds: nil)
        let recorder = Recorder(robot: parts.session.robot, timing: timing, clock: VirtualClock())
        recorder.tap.open()
        parts.control.tap = recorder.tap
        let frames = (0..<50).compactMap { motion.tick($0, lateness: 0)?.packet }
        func tick(_ index: Int) {
            if index % 4 == 1 { parts.slot.put(frames[index / 4]) }
            let now = Nanoseconds(index) * Self.period
            parts.control.tick(elapsed: now, now: now, lateness: 0)
        }
        for index in 0..<100 { tick(index) }
        let before = mien_allocation_count()
        for index in 100..<200 { tick(index) }
        #expect(mien_allocation_count() == before)
        #expect(recorder.tap.dropped == 0)
    }
}
