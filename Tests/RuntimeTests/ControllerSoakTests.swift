import Actuation
import FaceKit
import Foundation
import Hardware
import Motion
import Perception
import Telemetry
import Testing

@testable import Runtime

/// The long runs: full length with `MIEN_SOAK=1` (`make soak`), a hundredth of it otherwise.
@Suite struct ControllerSoakTests {
    static let isFull = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1"

    static let home = Home(
        root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../.."))

    private func session(seed: UInt64, seconds: Double) throws -> Session {
        let options = Session.Options(
            robot: Self.home.file("Robots/maestro-face-23.yaml"),
            calibration: Self.home.file("Calibration/maestro-face-23.yaml"),
            person: Self.home.file("Tracks/conversation.csv"), seed: seed, seconds: seconds, loopsPerson: true)
        return try Session(options: options, generators: try Generators.trained(in: Self.home))
    }

    @Test func anHourOfMotionWithTheShippedModelsBreaksNothing() throws {
        let seconds = Self.isFull ? 3600.0 : 36
        let summary = try session(seed: 5, seconds: seconds).runVirtually()
        #expect(summary.motion.suhmoFrames == Int(seconds * 25))
        #expect(summary.motion.sfmsFrames == Int(seconds * 25))
        #expect(summary.motion.failed == 0)
        #expect(summary.motion.fallbacks == 0)
        #expect(summary.limits.notFinite == 0)
        #expect(summary.limits.violations == 0)
        let simulator = try #require(summary.simulator)
        #expect(simulator.violations == 0)
        #expect(simulator.errors == 0)
        #expect(simulator.servosMoved == 23)
        #expect(simulator.bytes == summary.buses[0].bytes)
    }

    @Test func theSameSeedGivesTheSameBytesAndAnotherSeedOthers() throws {
        let first = try session(seed: 7, seconds: 8).runVirtually()
        let again = try session(seed: 7, seconds: 8).runVirtually()
        let other = try session(seed: 8, seconds: 8).runVirtually()
        #expect(first.buses[0].sha256 == again.buses[0].sha256)
        #expect(first.buses[0].sha256 != other.buses[0].sha256)
    }

    /// A generator that is sound most of the time, and for short spells makes no number, stands still or throws.
    private struct MoodyStream: MotionStream {
        struct Fault: Error {}
        let random: CounterRandom
        var index: UInt32 = 0
        var spell: (kind: UInt32, until: UInt32) = (3, 0)

        mutating func next(person: PersonFrame?) throws -> MotionFrame {
            defer { index += 1 }
            // A fault every 4 s, 0.2 to 2.2 s long: of the first kind NaN, then frozen, then failing.
            if index % 100 == 50 {
                spell = (random.bits(frame: index, draw: 0) % 3, index + 5 + random.bits(frame: index, draw: 1) % 50)
            }
            let isTroubled = index < spell.until
            if isTroubled, spell.kind == 2 { throw Fault() }
            let time = Float(isTroubled && spell.kind == 1 ? spell.until : index) / 25
            var face = FaceFrame()
            face[.jawOpen] = isTroubled && spell.kind == 0 ? .nan : 0.5 + 0.5 * sin(5 * time)
            face[.mouthSmileLeft] = 0.5 + 0.5 * sin(31 * time)
            face[.browInnerUp] = random.uniform(frame: index, draw: 2)
            return MotionFrame(face: face, landmarks: LandmarkFrame(), distances: .init(repeating: 0))
        }
    }

    @Test func aThousandGeneratorFaultsBreakNoLimitAndAreAllSurvived() throws {
        let faults = Self.isFull ? 1000 : 10
        let robot = try RobotDescription(path: Self.home.file("Robots/maestro-face-23.yaml"))
        let calibration = try Calibration(path: Self.home.file("Calibration/maestro-face-23.yaml"), robot: robot)
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let bus = BusLanguage.recording(robot: robot, bus: 0)
        let control = ControlPipeline(
            robot: robot, calibration: calibration, buses: [bus], slot: slot, neutral: FaceChannels(),
            framePeriod: 40_000_000, period: 10_000_000, wakeUp: WakeUp(neutral: robot.neutral))
        let motion = MotionPipeline(
            person: AbsentPerson(), idler: MoodyStream(random: CounterRandom(seed: 3, system: .test)), listener: nil,
            frameRate: 25,
            portrait: { MotionFrame(face: $0, landmarks: LandmarkFrame(), distances: .init(repeating: 0)) })
        let controller = Controller(
            clock: VirtualClock(), timing: .init(controlRate: 100, motionRate: 25, seconds: Double(faults) * 4),
            slot: slot, stop: StopFlag())
        let report = controller.runVirtually(motion: motion, control: control)
        #expect(report.control.violations.total == 0)
        #expect(report.control.positions.allSatisfy { $0.isFinite })
        // Short frozen spells pass as a face that holds still; all others end in the fallback and out of it again.
        #expect(report.control.counts.fallbacks >= faults / 2)
        #expect(report.control.counts.played > faults * 60)
    }
}
