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
        let report = controller.runVirtually(motion: motionPipeline, control: control)
        let wallSeconds = Double(stopwatch.now() - began) / 1e9
        for bus in buses { bus.output.finish() }
        return summary(
            report, buses: buses.map { ($0.output, port: "virtual") }, wallSeconds: wallSeconds,
            realTime: "virtual clock", startToFirstByteMs: nil,
            simulator: buses.first?.status(at: Nanoseconds(report.controlSchedule.deadline)))
    }
}

/// One bus on the virtual clock: its bytes are hashed, and a simulated board in this process takes each at its instant.
private final class VirtualBus: Sendable {
    let output: any BusOutput
    private let board: Board

    private final class Board: Sendable {
        let maestro: Mutex<SimulatedMaestro>
        init(_ maestro: consuming sending SimulatedMaestro) { self.maestro = Mutex(maestro) }
    }

    init(robot: RobotDescription, bus: Int) {
        let board = Board(SimulatedMaestro(robot: robot, bus: bus, timing: .lockStep))
        self.board = board
        output = RecordingBus(name: robot.buses[bus].name, bus: MaestroBus(robot: robot, bus: bus)) { bytes, time in
            board.maestro.withLock { $0.receive(bytes, at: time) }
        }
    }

    func status(at time: Nanoseconds) -> SimulatorStatus { board.maestro.withLock { $0.status(at: time) } }
}
