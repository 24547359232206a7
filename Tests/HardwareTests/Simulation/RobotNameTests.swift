import Foundation
import Hardware
import Testing

/// Robots that ship are found by their names alone.
@Suite struct RobotNameTests {
    private let program: String

    init() throws { program = try #require(MienProgram.path, "mien is not built beside the tests") }

    @Test func aRobotThatShipsNeedsNoPath() throws {
        let simulator = try SimulatorProcess(executable: program, robot: "ohbot")
        #expect(try simulator.status().servos.map(\.name).contains("HeadTurn"))
    }

    @Test func anUnknownNameIsToldThoseThatShip() throws {
        let process = Process()
        let complaint = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["run", "--robot", "ohbo", "--seconds", "1"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = complaint
        try process.run()
        let text = String(decoding: complaint.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 2)
        #expect(text.contains("ohbo: ") && text.contains("ohbot, reachy-mini"))
    }
}
