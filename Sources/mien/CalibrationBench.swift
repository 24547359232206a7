import Actuation
import Hardware
import Runtime

/// A robot opened for calibrating: its buses, what moves it, and Ctrl-C, which stops that.
final class CalibrationBench {
    let files: NominalOptions.Files
    let lines: RobotLines
    var run: CalibrationRun
    private let interrupts: Interrupts

    /// Opens the buses; without ports, simulated ones whose horns and ends may be hidden.
    ///
    /// - Parameter framesPerHealthRequest: how often servos are asked where they stand; nil as in a run.
    init(
        _ files: NominalOptions.Files, port: PortOption, hidden: UInt64?, stops: UInt64? = nil,
        care: CalibrationRun.Care, framesPerHealthRequest: Int? = 5
    ) throws {
        self.files = files
        lines = try RobotLines(
            robot: files.robot, path: files.path, ports: try port.ports(of: files.robot), hidden: hidden, stops: stops,
            framesPerHealthRequest: framesPerHealthRequest)
        let stop = StopFlag()
        interrupts = Interrupts(stop: stop)
        let neutral = files.robot.neutral
        let starts = zip(lines.measured(count: neutral.count), neutral).map { $0 ?? $1 }
        run = CalibrationRun(
            robot: files.robot, nominal: files.calibration, outputs: lines.buses.map(\.output), starts: starts,
            care: care, stop: stop)
    }

    func finish() { lines.finish() }
}
