import Actuation
import FaceKit
import Foundation
import Hardware
import Synchronization
import Testing

/// The limiter's motion, rounded to pulses, encoded, decoded and judged by the simulator.
@Suite struct LimitedMotionTests {
    private static func robotFile() throws -> RobotDescription {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try RobotDescription(path: root.appendingPathComponent("Robots/maestro-face-23.yaml").path)
    }

    /// Steps the limiter towards targets that jump all over the range; gives the board's own account.
    private func run(ticks: Int, faster factor: Double = 1) throws -> SimulatorStatus {
        let description = try Self.robotFile()
        let board = Mutex(SimulatedMaestro(robot: description, bus: 0, timing: .lockStep))
        let output = RecordingBus(name: "face", bus: MaestroBus(robot: description, bus: 0)) { bytes, time in
            let bytes = [UInt8](bytes)
            board.withLock { $0.receive(bytes, at: time) }
        }
        let limits = description.limits.compactMap {
            MotionLimits(
                lower: $0.lower, upper: $0.upper, velocity: $0.velocity * factor,
                acceleration: $0.acceleration * factor, jerk: $0.jerk * factor)
        }
        var limiter = MotionLimiter(limits: limits, period: 1 / description.controlRate)
        limiter.reset(to: description.neutral)
        var targets = description.neutral
        var positions = description.neutral
        let enabled = targets.map { _ in true }
        for tick in 0..<ticks {
            for index in targets.indices where (tick + 7 * index) % 37 == 0 {
                let spread = CounterRandom(seed: 1, system: .test, stream: UInt32(index))
                targets[index] =
                    limits[index].lower
                    + Double(spread.uniform(frame: UInt32(tick), draw: 0)) * (limits[index].upper - limits[index].lower)
            }
            var span = positions.mutableSpan
            _ = limiter.step(targets: targets.span, output: &span)
            output.send(positions.span, enabled: enabled.span, at: Nanoseconds(tick) * 10_000_000)
        }
        let status = board.withLock { $0.status(at: Nanoseconds(ticks) * 10_000_000) }
        #expect(status.sha256 == output.statistics.sha256)
        return status
    }

    @Test func theLimitersMotionHasNoViolationsOnTheWire() throws {
        let status = try run(ticks: 3000)
        #expect(status.violationCount == 0)
        #expect(status.frames == 3000)
        #expect(status.servos.allSatisfy { $0.travel > 100 })
    }

    @Test func aLimiterThatIsATenthTooFastIsFoundOut() throws {
        let status = try run(ticks: 3000, faster: 1.1)
        #expect(status.servos.allSatisfy { $0.violations > 0 })
    }
}
