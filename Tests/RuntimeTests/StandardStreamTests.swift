import Foundation
import Testing

/// `-`, pipes and interruptions, as a shell meets them.
@Suite final class StandardStreamTests {
    private let folder = NSTemporaryDirectory() + "mien-streams-" + UUID().uuidString
    private let program: MienProgram

    init() throws {
        program = try MienProgram()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let rows = (0..<50).map { String(format: "%.2f,0.%02d\n", 0.04 * Double($0), 10 + $0 % 20) }
        try ("time_s,jawOpen\n" + rows.joined()).write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func lines(_ name: String) throws -> [Substring] {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8).split(separator: "\n")
    }

    private var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
    }

    /// A shell in the folder, where `mien` is the program.
    private func begin(_ script: String) throws -> Process {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", "mien() { '\(program.path)' \"$@\"; }; " + script]
        shell.currentDirectoryURL = URL(fileURLWithPath: folder)
        try shell.run()
        return shell
    }

    @discardableResult private func shell(_ script: String) throws -> Int32 {
        let shell = try begin(script)
        shell.waitUntilExit()
        return shell.terminationStatus
    }

    @Test func aTrackGoesThroughAPipe() throws {
        let code = try shell(
            "set -o pipefail; mien convert - - < in.csv 2> said | mien reconstruct - -o - --json 2> report "
                + "| mien convert - out.csv 2>> said")
        #expect(code == 0)
        #expect(try lines("out.csv").count == 51)
        #expect(
            try lines("said") == [
                "standard input: a track of 50 frames; standard output: 50 frames, 1.96 s, 1 channels.",
                "standard input: a track of 50 frames; out.csv: 50 frames, 1.96 s, 1 channels.",
            ])
        let report = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder + "/report")))
        #expect((report as? [String: Any])?["track"] as? String == "standard input")
        #expect(try names == ["in.csv", "out.csv", "report", "said"])
    }

    @Test func aGeneratorWritesToStandardOutput() throws {
        #expect(
            try shell(
                "mien generate idle --frames 3 -o - --landmarks points > faces && cat points | "
                    + "mien generate runs --starts - --frames-per-run 2 --landmarks - > runs") == 0)
        #expect(try lines("faces").count == 4 && lines("points").count == 4 && lines("runs").count == 7)
        #expect(try shell("mien generate idle --frames 3 -o - --landmarks - 2> said") == 2)
        #expect(try lines("said") == ["mien: -: would overwrite the track; name another file"])
        // A file of that name is no stream.
        #expect(try shell("cp in.csv ./-; mien convert ./- - > out.csv; mien convert - ./- < out.csv") == 0)
        #expect(try lines("out.csv") == lines("-"))
    }

    @Test func errorsNameStandardInputAndStandardOutput() throws {
        #expect(try shell("printf 'time_s,jawOpen\\n0,x\\n' | mien convert - out.csv 2> said") == 2)
        #expect(
            try lines("said") == [
                "mien: standard input, line 2, column jawOpen: found \"x\", expected a number from 0 to 1."
            ])
        #expect(try shell("mien convert in.csv - > /dev/full 2> said") == 2)
        #expect(try lines("said") == ["mien: standard output: cannot be written: no space left on device."])
    }

    @Test(arguments: [
        (["run", "--record", "-"], "--record"), (["run", "--person", "-"], "--person"),
        (["replay", "-"], "The recording"), (["record", "-"], "The recording"), (["check", "-"], "A file to check"),
        (["import", "urdf", "x.urdf", "--out", "-"], "--out"),
        (["generate", "listener", "--person", "-", "--audio", "-", "--out", "x"], "--audio"),
        (["reconstruct", "-", "--tokeniser", "-"], "--tokeniser"),
    ])
    func whereItCannotStandForAStreamItIsRefused(arguments: [String], option: String) throws {
        let (text, code) = try program.run(arguments)
        #expect(code == 64)
        #expect(text.contains("\(option) cannot be standard input or output (-); name a file"), "\(text)")
    }

    /// Within 4 GB, which an endless line would fill in seconds.
    @Test(arguments: [
        ("cat /dev/zero", "line 1 is longer than 1048576 bytes"), ("yes", "found the header \"y\""),
        ("(echo time_s,jawOpen; yes 0,1)", "line 3, column time_s"), ("yes ''", "has more than 20736001 lines"),
    ])
    func aPipeThatNeverEndsIsRefused(source: String, reason: String) throws {
        #expect(
            try shell(
                "ulimit -v 4000000; \(source) | timeout -s KILL 60 '\(program.path)' convert /dev/stdin x 2> said") == 2
        )
        let said = try lines("said").first ?? ""
        #expect(said.contains(reason), "\(said)")
    }

    @Test func aPipeIsNoWeights() throws {
        #expect(
            try shell("mkfifo pipe; timeout -s KILL 20 '\(program.path)' reconstruct in.csv --tokeniser pipe 2> said")
                == 2)
        #expect(try lines("said") == ["mien: pipe: is not a file"])
    }

    @Test func whereTheSecondCannotBeWrittenTheFirstIsNeither() throws {
        #expect(try shell("mien generate idle --frames 2 --landmarks points --out /dev/full") == 2)
        #expect(try shell("mien reconstruct in.csv --out back.csv > /dev/full") == 2)
        #expect(try names == ["in.csv"])
    }

    @Test func aKilledCommandLeavesNothing() throws {
        try #require(shell("mkfifo pipe") == 0)
        let pipe = open(folder + "/pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        defer { close(pipe) }
        // More than a pipe holds: with the landmarks written, it waits for somebody to read on.
        let command = try begin("exec '\(program.path)' generate idle --frames 500 --landmarks points --out pipe")
        var interest = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        try #require(poll(&interest, 1, 60_000) == 1)
        kill(command.processIdentifier, SIGKILL)
        command.waitUntilExit()
        #expect(try names == ["in.csv", "pipe"])
    }
}
