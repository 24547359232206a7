import Actuation
import FaceKit
import Foundation
import Hardware
import Logging
import Telemetry

extension Session {
    /// Runs on the machine's clock until the seconds are over or `stop` is requested: a thread for the control tick, one
    /// for the motion tick, one for each bus.
    ///
    /// Without a port, a simulated robot is started as a process of its own. `whileRunning` is called on this thread
    /// again and again with the slots to show; it should take some milliseconds each time. `console` is what an operator's
    /// commands come through. `record` is the file to record to.
    public func run(
        stop: StopFlag, console: Console? = nil, record: String? = nil,
        whileRunning: (LatestValueSlot<RunStatus>, LatestValueSlot<FacePortrait>) -> Void
    ) throws -> RunSummary {
        let timing = timing(SystemClock.self)
        let slot = LatestValueSlot(MotionPacket.neutral(generators.neutral))
        // Whoever is at the console may begin a recording later.
        let recorder =
            record != nil || console != nil ? Recorder(robot: robot, timing: timing, clock: SystemClock()) : nil
        if record != nil { recorder?.tap.open() }
        let lines = try RobotLines(
            robot: options.isReplay ? robot.withoutPorts : robot, path: options.robot, ports: options.ports,
            tap: { recorder?.tap.busTap($0) })
        let buses = lines.buses
        let log = Logger(label: "mien.session")
        console?.observation?.attach(buses.map(\.output))
        let lastCommanded = lines.isSimulated ? nil : LastCommanded.read(robot: robot)
        let wakeUp = WakeUp(
            neutral: neutralPositions, measured: lines.measured(count: robot.actuators.count),
            lastCommanded: lastCommanded ?? [])
        log.info("\(Self.wakeUpText(wakeUp))")
        let controller = Controller(
            clock: SystemClock(), timing: timing, slot: slot, stop: stop, console: console, tap: recorder?.tap)
        let control = controlPipeline(
            buses: buses.map(\.output), slot: slot,
            wakeUp: wakeUp, timing: timing, stop: console?.stop ?? StopLatch())
        control.tap = recorder?.tap
        let notifier = SystemdNotifier()
        control.notifier = notifier
        let memory = RealTimeThread.lockMemory()
        if let memory { log.notice("memory is not locked: \(memory)") }
        let age = ProcessAge.milliseconds
        let began = SystemClock().now()
        let notices = EventStream()
        var motion = try motionPipeline(console: console, notices: notices, isVirtual: false)
        motion.tap = recorder?.tap
        if let recorder {
            let manifest = RunManifest(self, starts: wakeUp.starts.map(\.position), isVirtual: false)
            if let record { recorder.begin(manifest, at: record) }
            console?.recordings.attach(recorder, manifest)
        }
        notifier?.ready()
        defer { notifier?.stopping() }
        let report = try controller.run(motion: motion, control: control) {
            for event in notices.take().events {
                log.report(event)
                recorder?.tap.happened(event)
            }
            for bus in buses {
                while let event = bus.output.nextEvent() { log.report(event, on: bus.output, port: bus.port) }
            }
            whileRunning(controller.status, controller.portrait)
        }
        let wallSeconds = Double(SystemClock().now() - began) / 1e9
        lines.finish()
        console?.recordings.detach()
        let recording = recorder?.finish()
        let simulator = try lines.simulatorStatus()
        if !lines.isSimulated { LastCommanded.write(report.control.positions, robot: robot) }
        let startToFirstByte = report.control.firstSend.flatMap { first in
            age.map { $0 + Double(first - began) / 1e6 }
        }
        var summary = summary(
            report, buses: buses, wallSeconds: wallSeconds,
            realTime: Self.realTimeText(isRealTime: report.isRealTime, memory: memory),
            startToFirstByteMs: startToFirstByte, simulator: simulator)
        summary.recording = recording
        return summary
    }

    static func realTimeText(isRealTime: Bool, memory: String?) -> String {
        let scheduling = isRealTime ? "SCHED_FIFO 50" : "no SCHED_FIFO (needs CAP_SYS_NICE or root)"
        return scheduling + (memory.map { ", memory not locked (\($0))" } ?? ", memory locked")
    }

    /// Where the servos are taken to stand when they are woken, in a sentence.
    static func wakeUpText(_ wakeUp: WakeUp) -> String {
        let parts = [
            (WakeUp.Origin.measured, "where the bus measured them"),
            (.lastCommanded, "from their last commanded pulse"),
            (.assumedNeutral, "from neutral, which is assumed, as hobby servos cannot say where they stand"),
        ].compactMap { origin, text in
            wakeUp.count(of: origin) > 0 ? "\(wakeUp.count(of: origin)) \(text)" : nil
        }
        return "waking \(wakeUp.starts.count) actuators one at a time: " + parts.joined(separator: "; ")
    }
}

extension Logger {
    /// Says what scripts did, where an operator must know.
    fileprivate func report(_ event: ConsoleEvent) {
        func fact(_ name: String) -> String { if case .text(let text)? = event.facts[name] { text } else { "" } }
        let script = "script \(fact("script"))"
        switch event.name {
        case "script_error":
            let trace = fact("traceback")
            let end = event.facts["goes_on"] == true ? " (the version before goes on)" : ""
            error("\(script): \(fact("message"))\(end)\(trace.isEmpty ? "" : "\n" + trace)")
        case "script_emergency_stop": critical("\(script) stopped the robot: \(fact("reason"))")
        case "script_started", "script_reloaded", "script_ended", "script_stopped":
            info("\(script) \(event.name.dropFirst(7))")
        case "log": info("\(script): \(fact("text"))")
        case "said": info("says: \(fact("text"))")
        default: break
        }
    }

    /// Says what happened on a bus.
    fileprivate func report(_ event: BusEvent, on output: any BusOutput, port: String) {
        let bus = output.name
        switch event {
        case .opened: info("bus \(bus): opened \(port)")
        case .lost(let number):
            warning("bus \(bus): lost \(port) (\(String(cString: strerror(number)))); its actuators hold, searching")
        case .returned: notice("bus \(bus): \(port) is back, going on from where its servos stand, or were told to")
        case .mismatch:
            warning("\(output.mismatch.map(String.init(describing:)) ?? "bus \(bus): another device answers")")
        case .servoFaults(let actuator, let faults):
            let what = faults.isEmpty ? "is well again" : "reports " + faults.names.joined(separator: ", ")
            warning("bus \(bus): actuator \(actuator) \(what)")
        case .deviceErrors(let bits): warning("bus \(bus): the device reports error bits 0x\(String(bits, radix: 16))")
        case .silent: notice("bus \(bus): no answer to a request for error flags")
        case .dropped(let count): notice("bus \(bus): \(count) events were dropped")
        }
    }
}
