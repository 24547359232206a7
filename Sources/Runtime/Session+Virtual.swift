import Actuation
import FaceKit
import Hardware
import Synchronization
import Telemetry

extension Session {
    /// Runs on the virtual clock, in one thread, as fast as it can, into a simulated robot in this process. The same
    /// files, seed and kernel set give the same bytes.
    public func runVirtually(stop: StopFlag = StopFlag()) throws -> RunSummary {
        let timing = timing(VirtualClock.self)
        let slot = LatestValueSlot(MotionPacket.neutral(generators.neutral))
        let buses = robot.buses.indices.map { VirtualBus(robot: robot, bus: $0) }
        let controller = Controller(clock: VirtualClock(), timing: timing, slot: slot, stop: stop)
        let control = controlPipeline(
            buses: buses.map(\.output), slot: slot, wakeUp: WakeUp(neutral: neutralPositions), timing: timing)
        let stopwatch = SystemClock()
        let began = stopwatch.now()
        let report = try controller.runVirtually(motion: motionPipeline(isVirtual: true), control: control)
        let wallSeconds = Double(stopwatch.now() - began) / 1e9
        for bus in buses { bus.output.finish() }
        return summary(
            report, buses: buses.map { ($0.output, port: "virtual") }, wallSeconds: wallSeconds,
            realTime: "virtual clock", startToFirstByteMs: nil,
            simulator: buses.first?.status(Nanoseconds(report.controlSchedule.deadline)))
    }
}

/// One bus on the virtual clock: its bytes are hashed, and a simulated device in this process takes each at its instant.
private struct VirtualBus: Sendable {
    let output: any BusOutput
    let status: @Sendable (Nanoseconds) -> SimulatorStatus

    init(robot: RobotDescription, bus: Int) {
        switch robot.buses[bus].kind {
        case .maestro(let settings):
            let device = SimulatedMaestro(robot: robot, bus: bus, settings: settings, timing: .lockStep)
            self.init(robot, bus, device)
        case .dynamixel: self.init(robot, bus, SimulatedDynamixel(robot: robot, bus: bus, timing: .lockStep))
        case .feetech: self.init(robot, bus, SimulatedFeetech(robot: robot, bus: bus, timing: .lockStep))
        case .ohbot: self.init(robot, bus, SimulatedOhbot(robot: robot, bus: bus, timing: .lockStep))
        case .firmata: self.init(robot, bus, SimulatedFirmata(robot: robot, bus: bus, timing: .lockStep))
        }
    }

    private init<Device: SimulatedDevice & ~Copyable>(
        _ robot: RobotDescription, _ bus: Int, _ device: consuming sending Device
    ) {
        let cell = Cell(device)
        output = BusLanguage.recording(robot: robot, bus: bus) { bytes, time in
            cell.device.withLock { $0.receive(bytes, at: time) }
        }
        status = { time in cell.device.withLock { $0.status(at: time) } }
    }

    private final class Cell<Device: SimulatedDevice & ~Copyable>: Sendable {
        let device: Mutex<Device>
        init(_ device: consuming sending Device) { self.device = Mutex(device) }
    }
}
