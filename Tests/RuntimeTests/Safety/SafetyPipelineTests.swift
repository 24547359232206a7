import Actuation
import CAllocationCounter
import FaceKit
import Foundation
import Glibc
import Hardware
import Synchronization
import Testing

@testable import Runtime

/// A bus whose servos are as warm and as strained as a test says, and that keeps what it was told.
private final class StrainedBus: BusOutput {
    struct Told: Sendable {
        var positions: [Double]
        var enabled: [Bool]
    }

    let name = "face"
    let actuators: [Int]
    let strains: Mutex<[Int: Derating.Strain]>
    let told = Mutex<[Told]>([])

    init(actuators: [Int], strains: [Int: Derating.Strain] = [:]) {
        self.actuators = actuators
        self.strains = Mutex(strains)
    }

    func strain(of actuator: Int) -> Derating.Strain? { strains.withLock { $0[actuator] } }
    func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
        let frame = Told(
            positions: positions.indices.map { positions[$0] }, enabled: enabled.indices.map { enabled[$0] })
        told.withLock { $0.append(frame) }
    }

    var inventory: BusInventory { BusInventory() }
    var mismatch: BusMismatch? { nil }
    var state: BusState { .open }
    func telemetry(of actuator: Int) -> ServoReport? { nil }
    func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool { false }
    func nextEvent() -> BusEvent? { nil }
    var statistics: BusStatistics { BusStatistics() }
    func finish() {}
}

/// Torque, heat, start and stop through the control tick, on the virtual clock.
@Suite struct SafetyPipelineTests {
    private let robot: RobotDescription
    private let calibration: Calibration

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        robot = try RobotDescription(path: root.appendingPathComponent("Robots/dynamixel-neck-3.yaml").path)
        calibration = try Calibration(
            path: root.appendingPathComponent("Calibration/dynamixel-neck-3.yaml").path, robot: robot)
    }

    private func pipeline(
        _ bus: StrainedBus, slot: LatestValueSlot<MotionPacket>, measured: [Double?] = []
    ) -> ControlPipeline {
        ControlPipeline(
            robot: robot, calibration: calibration, buses: [bus], slot: slot, neutral: FaceChannels(),
            framePeriod: 40_000_000, period: 10_000_000,
            wakeUp: WakeUp(neutral: robot.neutral, measured: measured))
    }

    /// Runs ticks in which the head is wanted at a yaw.
    private func run(
        _ pipeline: ControlPipeline, _ slot: LatestValueSlot<MotionPacket>, ticks: Range<Int>, yaw: Float,
        each: (Int) -> Void = { _ in }
    ) {
        for tick in ticks {
            let now = Nanoseconds(tick) * 10_000_000
            if tick % 4 == 0 {
                var channels = FaceChannels()
                channels.values[FaceChannels.firstHead] = yaw + Float(tick % 8) * 1e-6
                slot.put(MotionPacket(index: tick / 4, channels: channels, driver: .idle))
            }
            pipeline.tick(elapsed: now, now: now, lateness: 0)
            each(tick)
        }
    }

    @Test func aWarmServoUsesHalfOfItsWayAndALoadedOneGoesBackToNeutral() {
        let bus = StrainedBus(actuators: [0, 1, 2])
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let pipeline = pipeline(bus, slot: slot)
        run(pipeline, slot, ticks: 0..<600, yaw: 0.6)
        let whole = pipeline.positions[0] - robot.neutral[0]
        #expect(abs(whole) > 0.3)
        bus.strains.withLock { $0[0] = .init(temperature: 57.5, load: 0.1) }
        run(pipeline, slot, ticks: 600..<1200, yaw: 0.6)
        #expect(abs((pipeline.positions[0] - robot.neutral[0]) / whole - 0.5) < 0.02)
        bus.strains.withLock { $0[0] = .init(temperature: 30, load: 0.95) }
        run(pipeline, slot, ticks: 1200..<2200, yaw: 0.6)
        #expect(abs(pipeline.positions[0] - robot.neutral[0]) < 1e-6)
        #expect(pipeline.violations.total == 0)
    }

    @Test func aHotServoIsLetGoAndStartsAgainFromWhereItHangs() {
        let bus = StrainedBus(actuators: [0, 1, 2])
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let pipeline = pipeline(bus, slot: slot)
        run(pipeline, slot, ticks: 0..<200, yaw: 0.3)
        bus.strains.withLock { $0[1] = .init(temperature: 70, load: 0, position: 0.2) }
        run(pipeline, slot, ticks: 200..<800, yaw: 0.3)
        #expect(bus.told.withLock { $0.last?.enabled } == [true, false, true])
        bus.strains.withLock { $0[1] = .init(temperature: 45, load: 0, position: 0.2) }
        let before = bus.told.withLock { $0.count }
        run(pipeline, slot, ticks: 800..<801, yaw: 0.3)
        let first = bus.told.withLock { $0[before] }
        #expect(first.enabled[1])
        #expect(abs(first.positions[1] - 0.2) < 1e-3)
        run(pipeline, slot, ticks: 801..<1400, yaw: 0.3)
        #expect(pipeline.violations.total == 0)
    }

    @Test func theStartIsWhereTheServosStandAndNothingJumps() throws {
        let bus = StrainedBus(actuators: [0, 1, 2])
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let found = [0.5, -0.4, 0.3]
        let pipeline = pipeline(bus, slot: slot, measured: found)
        var monitor = LimitMonitor(limits: robot.limits, period: 0.01)
        for (index, position) in found.enumerated() { monitor.start(index, at: position) }
        run(pipeline, slot, ticks: 0..<400, yaw: 0)
        let told = bus.told.withLock { $0 }
        #expect(abs(told[0].positions[0] - 0.5) < 1e-3)
        #expect(abs(told[0].positions[1] + 0.4) < 1e-9)
        // One more has torque every three ticks, and nobody moves before.
        #expect(told[0].enabled == [true, false, false])
        #expect(told[3].enabled == [true, true, false])
        #expect(told[6].enabled == [true, true, true])
        for frame in told { monitor.check(frame.positions.span) }
        #expect(monitor.violations.total == 0)
        let rest = abs(try #require(told.last).positions[0] - robot.neutral[0])
        #expect(rest < 2e-3)
        #expect(!pipeline.emergencyStop.isLatched)
    }

    @Test func theEndIsNeutralAtRestAndNothingJumps() throws {
        let bus = StrainedBus(actuators: [0, 1, 2])
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let pipeline = pipeline(bus, slot: slot)
        run(pipeline, slot, ticks: 0..<400, yaw: 0.7)
        pipeline.settle(at: 400 * 10_000_000)
        let ticks = Int(pipeline.settleTime / 10_000_000)
        run(pipeline, slot, ticks: 400..<400 + ticks, yaw: 0.7)
        let told = bus.told.withLock { $0 }
        var monitor = LimitMonitor(limits: robot.limits, period: 0.01)
        for frame in told { monitor.check(frame.positions.span) }
        #expect(monitor.violations.total == 0)
        let last = try #require(told.last)
        for index in 0..<3 { #expect(abs(last.positions[index] - robot.neutral[index]) < 1e-4) }
        #expect(last.positions == told[told.count - 2].positions)
    }

    private static let isOptimised: Bool = {
        var isOptimised = true
        assert({ isOptimised = false }() == ())
        return isOptimised
    }()

    @Test(.enabled(if: isOptimised, "counted in release builds only"))
    func aTickWithDeratingAllocatesNothing() {
        let quiet = SilentBus()
        let slot = LatestValueSlot(MotionPacket.neutral(FaceChannels()))
        let pipeline = ControlPipeline(
            robot: robot, calibration: calibration, buses: [quiet], slot: slot, neutral: FaceChannels(),
            framePeriod: 40_000_000, period: 10_000_000, wakeUp: WakeUp(neutral: robot.neutral))
        for tick in 0..<50 { pipeline.tick(elapsed: Nanoseconds(tick) * 10_000_000, now: 0, lateness: 0) }
        let before = mien_allocation_count()
        for tick in 50..<250 { pipeline.tick(elapsed: Nanoseconds(tick) * 10_000_000, now: 0, lateness: 0) }
        #expect(mien_allocation_count() == before)
    }

    private final class SilentBus: BusOutput {
        let name = "face"
        let actuators = [0, 1, 2]
        func strain(of actuator: Int) -> Derating.Strain? { .init(temperature: 60, load: 0.9) }
        func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {}
        var inventory: BusInventory { BusInventory() }
        var mismatch: BusMismatch? { nil }
        var state: BusState { .open }
        func telemetry(of actuator: Int) -> ServoReport? { nil }
        func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool { false }
        func nextEvent() -> BusEvent? { nil }
        var statistics: BusStatistics { BusStatistics() }
        func finish() {}
    }
}
