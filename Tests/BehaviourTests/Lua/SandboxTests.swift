import Foundation
import Glibc
import Testing

@testable import Behaviour

/// Every attack of `Tests/Attacks` as a process of its own: it ends, in the way that `expected.txt` says.
@Suite struct SandboxTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Attacks")

    static let attacks: [(name: String, endings: [String])] = {
        let text = (try? String(contentsOf: folder.appendingPathComponent("expected.txt"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ")
            return (String(parts[0]), parts[1].split(separator: "|").map(String.init))
        }
    }()

    private static let program: String? = {
        guard let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            return nil
        }
        let path = URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("mien").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }()

    private struct Line: Decodable {
        let event: String
        let script: String
        var cause: String?
        var text: String?
    }

    /// Runs scripts and gives the lines they made. A process that has not ended after half a minute hangs.
    private func run(_ files: [String]) throws -> (lines: [Line], code: Int32) {
        let program = try #require(Self.program, "mien is not built beside the tests")
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["script", "run", "--virtual", "--seconds", "2", "--json"] + files
        process.currentDirectoryURL = Self.folder
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        let killer = DispatchWorkItem { kill(process.processIdentifier, SIGKILL) }
        DispatchQueue.global().asyncAfter(deadline: .now() + 30, execute: killer)
        let data = output.fileHandleForReading.readDataToEndOfFile()
        ended.wait()
        killer.cancel()
        let lines = try data.split(separator: 0x0A).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
        return (lines, process.terminationStatus)
    }

    @Test(arguments: attacks) func everyAttackEnds(_ attack: (name: String, endings: [String])) throws {
        let (lines, code) = try run([attack.name + ".lua"])
        let error = lines.last { $0.event == "error" }
        #expect(attack.endings.contains(error?.cause ?? (code == 0 ? "finished" : "exit \(code)")))
        if let error { #expect(!(error.text ?? "").isEmpty) }
        #expect(code == (error == nil ? 0 : error?.cause == "syntax" ? 2 : 1))
    }

    @Test func theListNamesEveryAttack() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            $0.hasSuffix(".lua")
        }
        #expect(Set(files) == Set(Self.attacks.map { $0.name + ".lua" }))
        #expect(files.count >= 80)
    }

    /// A neighbour counts its ticks: one every 0.1 s, whatever the other does.
    @Test(arguments: ["01_while_true", "05_xpcall_handler", "10_pattern_star", "26_memory_strings", "60_spawn_budget"])
    func aNeighbourGoesOnUndisturbed(_ attack: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("mien-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let neighbour = folder.appendingPathComponent("neighbour.lua")
        try Data("every(0.1, function() log(clock()) end) wait(1.5)".utf8).write(to: neighbour)
        let (lines, _) = try run([attack + ".lua", neighbour.path])
        #expect(lines.count { $0.script == "neighbour" && $0.event == "log" } >= 15)
    }

    /// On a robot instructions are not counted: the processor's time alone ends what does not end by itself.
    @Test(arguments: attacks.filter { $0.endings.contains("budget") || $0.endings.contains("time") })
    func everyEndlessAttackEndsByItsTimeAsWell(_ attack: (name: String, endings: [String])) throws {
        let host = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary(), countsInstructions: false).host
        let file = Self.folder.appendingPathComponent(attack.name + ".lua")
        let others = ScriptHost.attackBystander
        host.load(Array(others.utf8), name: "bystander", path: "bystander.lua")
        let refusal = host.load(Array(try Data(contentsOf: file)), name: "attack", path: "attack.lua")
        for tick in 0..<50 { host.tick(time: Double(tick) / 25) }
        let status = host.overview.first { $0.name == "attack" }?.status
        if refusal == nil {
            switch status {
            case .failed(let failure): #expect(failure.cause != .syntax)
            case .finished, .running: break
            case .stopped, nil: Issue.record("the script is gone")
            }
        }
        #expect(host.overview.first { $0.name == "bystander" }?.status == .running)
        #expect(host.events.count { $0.script == "bystander" && $0.kind == .log("on") } >= 49)
    }
}

extension ScriptHost {
    fileprivate static let attackBystander = "while true do log('on') wait(0.04) end"
}
