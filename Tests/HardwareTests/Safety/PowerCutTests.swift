import Foundation
import Glibc
import Hardware
import Testing

/// `mien run` killed in the middle of its work: the watchdog process says the last word on every kind of bus.
@Suite(.serialized) struct PowerCutTests {
    private let program: String

    init() throws { program = try #require(MienProgram.path, "mien is not built beside the tests") }

    private func run(_ robot: String, port: String, folder: URL) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [
            "run", "--robot", MienProgram.file("Robots/\(robot).yaml"), "--port", port, "--models", "none",
            "--seconds", "60", "--json",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: MienProgram.file(""))
        // Folders of its own: another controller of a like robot may run on this machine.
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.environment = ProcessInfo.processInfo.environment.merging([
            "XDG_STATE_HOME": folder.path, "XDG_RUNTIME_DIR": folder.path,
        ]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    @Test(arguments: RobotLineTests.robots + ["maestro-face-23"])
    func killingMienLeavesNoServoDriven(_ robot: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let simulator = try SimulatorProcess(
            executable: program, robot: MienProgram.file("Robots/\(robot).yaml"))
        let process = try run(robot, port: simulator.port, folder: folder)
        defer { process.terminate() }
        let count = try simulator.status().servos.count
        #expect(try eventually { try simulator.status().servos.count { $0.isOn } == count })
        kill(process.processIdentifier, SIGKILL)
        #expect(try eventually { try simulator.status().servos.allSatisfy { !$0.isOn } })
    }

    @Test func anEndInGoodOrderRelaxesTheFaceToo() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let simulator = try SimulatorProcess(
            executable: program, robot: MienProgram.file("Robots/dynamixel-neck-3.yaml"))
        let process = try run("dynamixel-neck-3", port: simulator.port, folder: folder)
        #expect(try eventually { try simulator.status().servos.allSatisfy { $0.isOn } })
        kill(process.processIdentifier, SIGINT)
        #expect(try eventually { try simulator.status().servos.allSatisfy { !$0.isOn } })
    }
}
