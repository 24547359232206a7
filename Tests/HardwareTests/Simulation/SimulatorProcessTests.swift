import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

/// `mien simulate` as a real child process, driven through a real pseudo-terminal.
@Suite(.serialized) struct SimulatorProcessTests {
    private static let robotFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Robots/maestro-face-23.yaml").path

    private let description: RobotDescription
    private let program: String

    init() throws {
        description = try RobotDescription(path: Self.robotFile)
        program = try #require(MienProgram.path, "mien is not built beside the tests")
    }

    private func start() throws -> SimulatorProcess {
        try SimulatorProcess(executable: program, robot: Self.robotFile)
    }

    private func writer(to port: String) throws -> BusWriter<MaestroBus> {
        try BusWriter(name: "face", bus: MaestroBus(robot: description, bus: 0)) { () throws(SerialPortError) in
            try SerialPortOpener.open(port)
        }
    }

    /// Moves every servo to a fraction of its range for some ticks of the real clock, through the limiter.
    private func move(_ writer: BusWriter<MaestroBus>, _ limiter: inout MotionLimiter, to fraction: Double, ticks: Int)
    {
        let clock = SystemClock()
        let targets = description.limits.map { $0.lower + fraction * ($0.upper - $0.lower) }
        var positions = targets
        let enabled = targets.map { _ in true }
        var deadline = clock.now()
        for _ in 0..<ticks {
            var span = positions.mutableSpan
            _ = limiter.step(targets: targets.span, output: &span)
            writer.send(positions.span, enabled: enabled.span, at: clock.now())
            deadline += 10_000_000
            clock.wait(until: deadline)
        }
    }

    private func limiter() -> MotionLimiter {
        var limiter = MotionLimiter(limits: description.limits, period: 1 / description.controlRate)
        limiter.reset(to: description.neutral)
        return limiter
    }

    @Test func theChildSeesTheSameBytesAndMovesItsServos() throws {
        let simulator = try start()
        let writer = try writer(to: simulator.port)
        var limiter = limiter()
        move(writer, &limiter, to: 0.2, ticks: 60)
        move(writer, &limiter, to: 0.8, ticks: 60)
        writer.finish()
        let sent = writer.statistics
        #expect(try eventually { try simulator.status().bytes == sent.bytesWritten })
        let status = try simulator.status()
        #expect(status.sha256 == sent.sha256)
        #expect(status.frames == sent.framesWritten)
        #expect(status.violationCount == 0)
        #expect(status.protocolErrors == 0)
        #expect(status.stretched <= sent.framesOverwritten)
        #expect(status.servos.count == 23)
        #expect(status.servos.allSatisfy { $0.travel > 50 })
        #expect(sent.deviceErrorReports == 0)
    }

    @Test func aPulledLineComesBackWithoutARestart() throws {
        let simulator = try start()
        let writer = try writer(to: simulator.port)
        var limiter = limiter()
        move(writer, &limiter, to: 0.6, ticks: 30)
        try simulator.unplug()
        #expect(eventually { writer.state == .lost })
        try simulator.replug()
        #expect(eventually { writer.state == .returned })
        var positions = description.neutral
        #expect(positions.withUnsafeMutableBufferPointer { writer.resume(into: $0) })
        limiter.reset(to: positions)
        move(writer, &limiter, to: 0.4, ticks: 60)
        writer.finish()
        #expect(writer.statistics.returns == 1)
        let status = try simulator.status()
        #expect(status.violationCount == 0)
        #expect(status.servos.allSatisfy { $0.isOn })
    }

    @Test func terminatingItRemovesItsFilesAndItsLine() throws {
        let simulator = try start()
        let folder = URL(fileURLWithPath: simulator.port).deletingLastPathComponent().path
        simulator.terminate()
        #expect(!simulator.isRunning)
        #expect(!FileManager.default.fileExists(atPath: folder))
        #expect(throws: SerialPortError.self) { try SerialPortOpener.open(simulator.port) }
    }

    @Test func itEndsWhenItsParentDies() throws {
        // The shell is the parent; it says the child's number and ends.
        let command = "'\(program)' simulate '\(Self.robotFile)' --parent-pid $$ >/dev/null 2>&1 & echo $!; sleep 0.3"
        let shell = try #require(popen(command, "r"))
        var said = [CChar](repeating: 0, count: 32)
        let line = fgets(&said, 32, shell).map { String(cString: $0) } ?? ""
        pclose(shell)
        let child = try #require(Int32(line.trimmingCharacters(in: .whitespacesAndNewlines)))
        // Its new parent may be slow to collect it: a zombie has ended as well.
        #expect(
            eventually {
                let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
                return state.map { $0.contains(") Z ") } ?? true
            })
    }

    @Test func aBrokenRobotFileIsOneSentence() throws {
        let path = NSTemporaryDirectory() + "mien-broken-\(UUID().uuidString).yaml"
        try Data("name: [".utf8).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        let error = #expect(throws: SimulatorProcess.Failure.self) {
            try SimulatorProcess(executable: program, robot: path)
        }
        guard case .didNotStart(let said) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(said.contains(path))
    }

    @Test func aFileInTheLinksPlaceIsLeftAlone() throws {
        let path = NSTemporaryDirectory() + "mien-taken-\(UUID().uuidString)"
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        #expect(throws: LinkTaken.self) {
            try SimulatorService(
                robot: SimulatedMaestro(robot: description, bus: 0), link: path, controlPath: path + "-control")
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
    }

    @Test func aProgramThatIsNotThereIsAnError() {
        #expect(throws: SimulatorProcess.Failure.self) {
            try SimulatorProcess(executable: "/nowhere/mien", robot: Self.robotFile)
        }
    }
}
