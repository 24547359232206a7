import Actuation
import FaceKit
import Foundation
import Hardware
import Motion
import Testing

@testable import Runtime

/// Runs of a whole robot on the virtual clock, over a generator whose every frame is known.
@Suite struct GeneratedFaceRunTests {
    /// A generator that makes the same face in every run, frame by frame.
    private struct ScriptedModel: MotionModel {
        let frame: @Sendable (Int) -> MotionFrame
        let frameRate = Generators.frameRate

        func makeStream(seed: UInt64) -> Stream { Stream(frame: frame) }

        struct Stream: MotionStream {
            let frame: @Sendable (Int) -> MotionFrame
            var index = 0

            mutating func next(person: PersonFrame?) -> MotionFrame {
                defer { index += 1 }
                return frame(index)
            }
        }
    }

    /// Keeps what one actuator was asked for at each control tick, rad.
    private final class TargetTap: RunTap, @unchecked Sendable {  // one thread steps a virtual run
        let actuator: Int
        private(set) var targets: [Double] = []

        init(actuator: Int) { self.actuator = actuator }

        func runStarts(at start: Nanoseconds) {}
        func performs(_ command: Command, atMotionTick index: Int) {}
        func motionTick(_ moment: borrowing MotionMoment) {}
        func controlTick(_ moment: borrowing ControlMoment, _ numbers: ControlNumbers) {
            targets.append(numbers.wanted[actuator])
        }
    }

    private static let home = RecordedStand.home

    /// A session in which nobody is there and the idler makes these faces.
    private func session(
        robot: String = "maestro-face-23", seconds: Double, behaviour: Session.Behaviour? = nil,
        intensity: Float = 1, face: @escaping @Sendable (Int) -> FaceFrame
    ) throws -> Session {
        var options = Session.Options(
            robot: Self.home.file("Robots/\(robot).yaml"), calibration: Self.home.file("Calibration/\(robot).yaml"),
            person: nil, seed: 3, seconds: seconds)
        options.behaviour = behaviour
        var generators = try Generators.none(in: Self.home)
        let portrait = generators.portrait
        generators.suhmo = ScriptedModel { portrait(face($0)) }
        generators.controls = MotionControls(intensity: intensity)
        return try Session(options: options, generators: generators)
    }

    private static func behaviour(isAutonomous: Bool, blinkRate: Double? = nil) -> Session.Behaviour {
        var behaviour = Session.Behaviour(folder: home.file("Scripts"))
        behaviour.isAutonomous = isAutonomous
        behaviour.blinkRate = blinkRate
        return behaviour
    }

    /// A face that blinks every two seconds, a fifth of a second each, over lids that rest at 0.05.
    @Sendable private static func blinking(_ index: Int) -> FaceFrame {
        var face = FaceFrame()
        for lid in [Blendshape.eyeBlinkLeft, .eyeBlinkRight] { face[lid] = index % 50 < 5 ? 0.9 : 0.05 }
        return face
    }

    /// How often the upper lid's servo is asked to close by more than a fifth of its way.
    private func closures(_ session: Session) throws -> Int {
        let lid = try #require(session.robot.index(ofActuator: "Upper-Lid-L"))
        let tap = TargetTap(actuator: lid)
        let timing = session.timing(VirtualClock.self)
        let slot = LatestValueSlot(MotionPacket.neutral(session.generators.neutral))
        let control = session.controlPipeline(
            buses: [BusLanguage.recording(robot: session.robot, bus: 0)], slot: slot,
            wakeUp: WakeUp(neutral: session.neutralPositions), timing: timing)
        control.tap = tap
        let controller = Controller(clock: VirtualClock(), timing: timing, slot: slot, stop: StopFlag())
        _ = controller.runVirtually(motion: try session.motionPipeline(isVirtual: true), control: control)
        let actuator = session.robot.actuators[lid]
        let closed = try #require(session.calibration.entries[lid].table?.outputs.last)
        let way = actuator.scale.radians(ofRaw: closed) - session.neutralPositions[lid]
        let isClosed = tap.targets.map { ($0 - session.neutralPositions[lid]) / way > 0.2 }
        return zip(isClosed, isClosed.dropFirst()).count { !$0 && $1 }
    }

    @Test(arguments: [0.0, 8, 17, 30]) func aServoBlinksAsOftenAsAskedWhateverTheGeneratorsLidsDo(rate: Double) throws {
        let behaviour = Self.behaviour(isAutonomous: true, blinkRate: rate)
        let count = try closures(session(seconds: 300, behaviour: behaviour, face: Self.blinking))
        #expect(abs(Double(count) / 5 - rate) <= 0.1 * rate)
    }

    @Test func withoutHabitsTheGeneratorsBlinksShow() throws {
        let behaviour = Self.behaviour(isAutonomous: false)
        #expect(try closures(session(seconds: 60, behaviour: behaviour, face: Self.blinking)) >= 29)
    }

    /// Servos whose neutral is their limit are at it, not beyond it.
    @Test(arguments: ["maestro-face-23", "ohbot", "feetech-face-8", "dynamixel-neck-3", "inmoov-head", "reachy-mini"])
    func aRelaxedFaceAsksForNothingOutOfRange(robot: String) throws {
        let summary = try session(robot: robot, seconds: 4, intensity: 0) { _ in .neutral }.runVirtually()
        #expect(summary.limits.outOfRange == 0 && summary.limits.violations == 0)
    }

    @Test(arguments: [(0, 0), (1, 1)] as [(Float, Int)])
    func aGeneratorThatStandsStillIsFrozenButForAnIntensityOfZero(intensity: Float, fallbacks: Int) throws {
        let summary = try session(seconds: 4, intensity: intensity) { _ in .neutral }.runVirtually()
        #expect((summary.motion.frozen > 0) == (fallbacks > 0) && summary.motion.fallbacks == fallbacks)
    }

    @Test func whoKeepsTheGeneratorsFromShowingMayHaveAStillFace() throws {
        let console = Console(robot: "r")
        var motion = try session(seconds: 10, behaviour: Self.behaviour(isAutonomous: false), face: Self.blinking)
            .motionPipeline(console: console, isVirtual: true)
        var tick = 0
        /// Whether what is made two seconds after a command counts as a generator's.
        func isGenerated(after command: Command) -> Bool? {
            console.commands.put(command) { _ in }
            var packet: MotionPacket?
            for _ in 0..<50 {
                packet = motion.tick(tick, lateness: 0)?.packet
                tick += 1
            }
            return packet?.isGenerated
        }
        #expect(isGenerated(after: .intensity(1)) == true)
        #expect(isGenerated(after: .intensity(0)) == false)
        #expect(isGenerated(after: .intensity(0.5)) == true)
        #expect(isGenerated(after: .mode(name: "neutral")) == false)
        #expect(isGenerated(after: .mode(name: "idle")) == true)
    }
}
