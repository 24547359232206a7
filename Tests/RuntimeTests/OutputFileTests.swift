import Foundation
import Testing

/// What the commands that make tracks do with the files that they are given, run as a user runs them.
@Suite final class OutputFileTests {
    private let folder = NSTemporaryDirectory() + "mien-files-" + UUID().uuidString
    private let program: MienProgram
    private let track: String

    init() throws {
        program = try MienProgram()
        try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
        // 50 frames that begin at 5 s: two windows of 48, the second of which overlaps the first.
        let rows = (0..<50).map { frame in
            String(format: "%.2f,%.2f\n", 5 + 0.04 * Double(frame), 0.1 + 0.01 * Double(frame % 20))
        }
        track = "time_s,jawOpen\n" + rows.joined()
        try track.write(toFile: folder + "/in.csv", atomically: true, encoding: .utf8)
        let link = folder + "/link.csv"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/in.csv")
        try FileManager.default.createSymbolicLink(atPath: folder + "/way", withDestinationPath: folder + "/sub")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func file(_ name: String) -> String { folder + "/" + name }

    @Test(arguments: [
        ["generate", "listener", "--person", "in.csv", "--out", "sub/../in.csv"],
        ["generate", "listener", "--person", "in.csv", "--out", "link.csv"],
        ["generate", "listener", "--person", "link.csv", "--out", "in.csv"],
        ["generate", "idle", "--reference", "in.csv", "--frames", "2", "--out", "way/../in.csv"],
        ["generate", "idle", "--frames", "2", "--out", "new.csv", "--landmarks", "sub/../new.csv"],
        ["generate", "idle", "--frames", "2", "--out", "sub/new.csv", "--landmarks", "way/new.csv"],
        ["reconstruct", "in.csv", "--out", "sub/../in.csv"],
        ["convert", "link.csv", "in.csv"],
        ["run", "--virtual", "--seconds", "1", "--person", "in.csv", "--record", "sub/../in.csv"],
        ["run", "--virtual", "--seconds", "1", "--calibration", "in.csv", "--record", "link.csv"],
        ["run", "--virtual", "--seconds", "1", "--script", "in.csv", "--record", "in.csv"],
        ["replay", "--virtual", "in.csv", "--record", "way/../in.csv"],
        ["generate", "runs", "--starts", "x.csv", "--model", "in.csv", "--landmarks", "link.csv"],
        ["reconstruct", "x.csv", "--tokeniser", "in.csv", "--out", "link.csv"],
    ])
    func nothingIsWrittenOverAnInputByWhicheverWayItIsNamed(arguments: [String]) throws {
        let (text, code) = try program.run(arguments.map { $0.hasSuffix(".csv") ? file($0) : $0 })
        #expect(code == 2)
        #expect(text.contains("would overwrite"), "\(text)")
        #expect(try String(contentsOfFile: file("in.csv"), encoding: .utf8) == track)
        #expect(!FileManager.default.fileExists(atPath: file("new.csv")))
    }

    @Test func weightsThatAreReadAreNotWrittenOver() throws {
        try track.write(toFile: file("suhmo.safetensors"), atomically: true, encoding: .utf8)
        let (text, code) = try program.run([
            "generate", "idle", "--frames", "2", "--models", folder, "--out", file("sub/../suhmo.safetensors"),
        ])
        #expect(code == 2)
        #expect(text.contains("would overwrite weights"), "\(text)")
        #expect(try String(contentsOfFile: file("suhmo.safetensors"), encoding: .utf8) == track)
    }

    @Test func aVirtualRunThatCannotBeRecordedDoesNotBegin() throws {
        let (text, code) = try program.run([
            "run", "--virtual", "--seconds", "1", "--record", file("nowhere/x.mcap"), "--json",
        ])
        #expect(code == 2)
        #expect(text.contains("nowhere/x.mcap: cannot be written: no such file or directory"), "\(text)")
    }

    @Test func whatTheShellHasWrittenToStandardOutputStays() throws {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        let line = "(echo before; \(program.path) convert in.csv /dev/stdout 2>/dev/null; echo after) > all.csv"
        shell.arguments = ["-c", line + "; \(program.path) convert in.csv /dev/fd/3 2>/dev/null 3>> all.csv"]
        shell.currentDirectoryURL = URL(fileURLWithPath: folder)
        try shell.run()
        shell.waitUntilExit()
        let lines = try String(contentsOfFile: file("all.csv"), encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 + 2 * 51)
        #expect(lines.first == "before" && lines[52] == "after" && lines[1] == lines[53], "\(lines.prefix(3))")
    }

    @Test func aDescriptorThatCannotBeWrittenIsSaid() throws {
        let (text, code) = try program.run(["convert", file("in.csv"), "/dev/fd/99"])
        #expect(code == 2)
        #expect(text.contains("/dev/fd/99: cannot be written: bad file descriptor"), "\(text)")
    }

    @Test(arguments: [
        (["--no-autonomy", "--blink-rate", "30"], "--blink-rate is of what the robot does by itself"),
        (["--models", "none", "--blink-rate", "30"], "--blink-rate is of what the robot does by itself"),
        (["--models", "none", "--intensity", "0.5"], "not with --models none"),
        (["--models", "none", "--liveliness", "0"], "not with --models none"),
    ])
    func controlsThatWouldDoNothingAreRefused(controls: [String], reason: String) throws {
        let (text, code) = try program.run(["run", "--virtual", "--seconds", "1"] + controls)
        #expect(code == 64)
        #expect(text.contains(reason), "\(text)")
    }

    @Test func aTableReadsTheSameWithWindowsLineEnds() throws {
        let rows = (0..<9).map { "\(500 + 100 * $0) \(3 * $0)" }
        let found = try ["\n", "\r\n"].map { end in
            try (rows.joined(separator: end) + end).write(toFile: file("t.txt"), atomically: true, encoding: .utf8)
            return try program.run(["calibrate", "table", file("t.txt")])
        }
        #expect(found[0].code == 0 && found[1].code == 0, "\(found[1].text)")
        #expect(found[0].text == found[1].text)
    }

    @Test func aTableThatIsNotThereIsNamed() throws {
        let (text, code) = try program.run(["calibrate", "table", file("none.txt")])
        #expect(code == 2)
        #expect(text.hasSuffix("none.txt: cannot be read as text\n") && !text.contains("Domain"), "\(text)")
    }

    @Test func whatCannotBeWrittenIsSaidBeforeTheWorkAndNothingElseIsWritten() throws {
        // Half a million frames would take minutes.
        let (text, code) = try program.run([
            "generate", "idle", "--frames", "500000", "--out", file("nowhere/x.csv"), "--landmarks", file("points.csv"),
        ])
        #expect(code == 2)
        #expect(text.contains("nowhere/x.csv: cannot be written: no such file or directory"), "\(text)")
        #expect(!FileManager.default.fileExists(atPath: file("points.csv")))
    }

    @Test(arguments: [["--json"], []]) func aReportThatCouldNotBeWrittenIsAFailure(flags: [String]) throws {
        let (text, code) = try program.run(["reconstruct", file("in.csv")] + flags, into: "/dev/full")
        #expect(code == 2)
        #expect(text == "mien: standard output could not be written: No space left on device\n")
    }

    @Test func aReconstructedTrackKeepsItsTimes() throws {
        let (text, code) = try program.run(["reconstruct", file("in.csv"), "--out", file("back.csv")])
        #expect(code == 0, "\(text)")
        let rows = try String(contentsOfFile: file("back.csv"), encoding: .utf8).split(separator: "\n")
        #expect(rows.count == 51)
        #expect(rows[1].hasPrefix("5,") && rows[50].hasPrefix("6.96,"), "\(rows[1]) \(rows[50])")
    }

    /// The report of a track as JSON.
    private func report(_ name: String) throws -> [String: Any] {
        let (text, code) = try program.run(["reconstruct", file(name), "--json"])
        try #require(code == 0, "\(text)")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func bitsAreThoseOfAllWindowsThatWereCoded() throws {
        let whole = track.split(separator: "\n").prefix(49).joined(separator: "\n") + "\n"
        try whole.write(toFile: file("whole.csv"), atomically: true, encoding: .utf8)
        let (one, two) = (try report("whole.csv"), try report("in.csv"))
        #expect(one["windows"] as? Int == 1 && two["windows"] as? Int == 2)
        let (once, twice) = (
            try #require(one["bits_per_second"] as? Double), try #require(two["bits_per_second"] as? Double)
        )
        // Two windows of 48 frames for 50 frames, beside one for 48.
        #expect(abs(twice / once - 96 / 50) < 1e-9)
    }

    @Test func aListenerThatSeesNobodySaysSo() throws {
        let (blind, code) = try program.run([
            "generate", "listener", "--person", file("in.csv"), "--out", file("out.csv"),
        ])
        #expect(code == 0)
        #expect(blind.contains("in.csv: has none of the columns that the listener goes by"), "\(blind)")
        // A frame a second: across that no face is made up.
        let slow = "time_s,mouthSmileLeft\n0,0.5\n1,0.5\n2,0.5\n"
        try slow.write(toFile: file("slow.csv"), atomically: true, encoding: .utf8)
        let (text, _) = try program.run([
            "generate", "listener", "--person", file("slow.csv"), "--out", file("out.csv"),
        ])
        #expect(text.contains("slow.csv: the listener sees nobody in 48 of 51 frames."), "\(text)")
    }

    @Test func aListenerSaysWhatLooksLikeAnotherScale() throws {
        func notes(motion: String, gaze: String) throws -> String {
            let rows = (0..<50).map { "\(Double($0) / 25),0.5,\(motion),\(gaze)\n" }.joined()
            try "time_s,mouthSmileLeft,motion_energy,gaze_region\n\(rows)"
                .write(toFile: file("scaled.csv"), atomically: true, encoding: .utf8)
            return try program.run([
                "generate", "listener", "--person", file("scaled.csv"), "--out", file("out.csv"),
            ]).text
        }
        let text = try notes(motion: "0.25", gaze: "7")
        #expect(text.contains("scaled.csv: motion_energy is never above 0.25; its unit is changed pixels"), "\(text)")
        #expect(text.contains("scaled.csv: gaze_region is none of 1, 2 and 3 in 50 of 50 frames."), "\(text)")
        #expect(try notes(motion: "1200", gaze: "2") == "")
        #expect(try notes(motion: "0", gaze: "3") == "")
    }

    @Test func whereEveryFrameIsAKeyframeThereAreNoFewer() throws {
        let dense = ["reconstruct", file("in.csv"), "--placement", "dense", "--k"]
        let (text, code) = try program.run(dense + ["3"])
        #expect(code == 2 && text.contains("makes all 48 frames of a window keyframes"), "\(text)")
        #expect(try program.run(dense + ["48"]).code == 0)
    }

    @Test func framesWithoutAFaceAreLeftOutOfTheErrorAndStayEmpty() throws {
        let lines = track.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // 0.84 s from face to face; up to half a second is bridged.
        let holes = lines.enumerated().map { $0 > 20 && $0 <= 40 ? String($1.prefix { $0 != "," }) + "," : $1 }
        try holes.joined(separator: "\n").write(toFile: file("holes.csv"), atomically: true, encoding: .utf8)
        #expect(try report("holes.csv")["unsensed_frames"] as? Int == 20)
        let (text, _) = try program.run(["reconstruct", file("holes.csv"), "--out", file("back.csv")])
        #expect(text.contains("20 frames without a face are left out of the errors"), "\(text)")
        let back = try String(contentsOfFile: file("back.csv"), encoding: .utf8).split(separator: "\n")
        #expect(back.filter { $0.hasSuffix(",") }.count == 20)
    }
}
