import Actuation
import FaceKit
import Hardware
import Synchronization
import Telemetry

extension Session {
    /// Runs on the virtual clock, in one thread, as fast as it can, into a simulated robot in this process. The same
    /// files, seed and kernel set give the same bytes.
    ///
    /// - Parameter record: the file to record to.
    public func runVirtually(stop: StopFlag = StopFlag(), record: String? = nil) throws -> RunSummary {
        let timing = timing(VirtualClock.self)
        let slot = LatestValueSlot(MotionPacket.neutral(generators.neutral))
        let clock = VirtualClock()
        let recorder = record.map { _ in Recorder(robot: robot, timing: timing, clock: clock) }
        let buses = robot.buses.indices.map { VirtualBus(robot: robot, bus: $0, tap: recorder?.tap.busTap($0)) }
        let controller = Controller(clock: clock, timing: timing, slot: slot, stop: stop, tap: recorder?.tap)
        let wakeUp = WakeUp(neutral: neutralPositions)
        let control = controlPipeline(buses: buses.map(\.output), slot: slot, wakeUp: wakeUp, timing: timing)
        control.tap = recorder?.tap
        let notices = EventStream()
        var motion = try motionPipeline(notices: notices, isVirtual: true)
        motion.tap = recorder?.tap
        if let record, let recorder {
            recorder.begin(RunManifest(self, starts: wakeUp.starts.map(\.position), isVirtual: true), at: record)
        }
        let stopwatch = SystemClock()
        let began = stopwatch.now()
        let report = controller.runVirtually(motion: motion, control: control) { _ in
            guard let recorder else { return }
            for event in notices.take().events { recorder.tap.happened(event) }
            recorder.drain()
        }
        let wallSeconds = Double(stopwatch.now() - began) / 1e9
        for bus in buses { bus.output.finish() }
        var summary = summary(
            report, buses: buses.map { ($0.output, port: "virtual") }, wallSeconds: wallSeconds,
            realTime: "virtual clock", startToFirstByteMs: nil,
            simulator: buses.first?.status(Nanoseconds(report.controlSchedule.deadline)))
        summary.recording = recorder?.finish()
        return summary
    }
}

/// One bus on the virtual clock: its bytes are hashed, and a simulated device in this process takes each at its instant.
private struct VirtualBus: Sendable {
    let output: any BusOutput
    let status: @Sendable (Nanoseconds) -> SimulatorStatus

    init(robot: RobotDescription, bus: Int, tap: BusTap?) {
        switch robot.buses[bus].kind {
        case .maestro(let settings):
            let device = SimulatedMaestro(robot: robot, bus: bus, settings: settings, timing: .lockStep)
            self.init(robot, bus, tap, device)
        case .dynamixel: self.init(robot, bus, tap, SimulatedDynamixel(robot: robot, bus: bus, timing: .lockStep))
        case .feetech: self.init(robot, bus, tap, SimulatedFeetech(robot: robot, bus: bus, timing: .lockStep))
        case .ohbot: self.init(robot, bus, tap, SimulatedOhbot(robot: robot, bus: bus, timing: .lockStep))
        case .firmata: self.init(robot, bus, tap, SimulatedFirmata(robot: robot, bus: bus, timing: .lockStep))
        }
    }

    private init<Device: SimulatedDevice & ~Copyable>(
        _ robot: RobotDescription, _ bus: Int, _ tap: BusTap?, _ device: consuming sending Device
    ) {
        let cell = Cell(device)
        output = BusLanguage.recording(
            robot: robot, bus: bus,
            listener: { bytes, time in
                cell.device.withLock { $0.receive(bytes, at: time) }
            }, tap: tap)
        status = { time in cell.device.withLock { $0.status(at: time) } }
    }

    private final class Cell<Device: SimulatedDevice & ~Copyable>: Sendable {
        let device: Mutex<Device>
        init(_ device: consuming sending Device) { self.device = Mutex(device) }
    }
}
