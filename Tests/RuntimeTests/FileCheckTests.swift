import Foundation
import Testing

@testable import Runtime

@Suite struct FileCheckTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let check = FileCheck(home: Home(root: root))

    private static func shipped(_ path: String) -> String { root.appendingPathComponent(path).path }

    /// The report on a file of that text in a folder of its own.
    private static func report(_ name: String, _ bytes: some Sequence<UInt8>) throws -> FileCheck.Report {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(name)
        try Data(bytes).write(to: file)
        return try #require(check.check([file.path]).first)
    }

    @Test func whatMienShipsIsInOrder() {
        let reports = Self.check.check([
            Self.shipped("Robots/maestro-face-23.yaml"), Self.shipped("Calibration/maestro-face-23.yaml"),
            Self.shipped("Models/face-basis.safetensors"), Self.shipped("Tracks/conversation.csv"),
        ])
        #expect(reports.map(\.kind) == [.robot, .calibration, .model, .track])
        #expect(reports.flatMap(\.problems).isEmpty)
    }

    @Test func aCalibrationIsCheckedAgainstTheRobotItNames() throws {
        let text = try String(contentsOfFile: Self.shipped("Calibration/maestro-face-23.yaml"), encoding: .utf8)
        let broken = text.replacing("  Brow-Center:", with: "  Brow-Middle:")
            .replacing("neutral_us: 1166", with: "neutral_us: 100")
        let report = try Self.report("unit.yaml", broken.utf8)
        #expect(report.kind == .calibration)
        #expect(report.problems.count == 3)
        #expect(report.problems.allSatisfy { $0.line != nil && $0.key != nil })
        let keys = report.problems.compactMap(\.key)
        #expect(Set(keys) == ["actuators", "actuators.Brow-Middle", "actuators.Lower-Lip-L.neutral_us"])
    }

    @Test func aScriptIsCheckedAsScriptCheckDoes() throws {
        let report = try Self.report("shy.lua", "nod(2)\nwiat(1)\nnod = 1\n".utf8)
        #expect(report.kind == .script)
        #expect(report.problems.map(\.line) == [2])
        #expect(
            report.problems.first?.description.hasSuffix("shy.lua:2:1: nothing is called 'wiat'; did you mean 'wait'?")
                == true)
        #expect(report.warnings.map(\.line) == [3])
        #expect(try Self.report("fine.lua", "nod(2)\nwait(1)\n".utf8).facts == "2 lines of Lua")
    }

    @Test func aCalibrationOfARobotThatIsNowhereSaysSo() throws {
        let report = try Self.report("unit.yaml", "robot: ../../etc/passwd\nactuators: {}\n".utf8)
        #expect(report.problems.map(\.key) == ["robot"])
        #expect(report.problems.map(\.line) == [1])
    }

    @Test(arguments: [
        "", "\u{0}\u{1}", "[", "a: 1", "just a line", "a,b\n1,2\n", "time_s,jawOpen\n0,x\n", "x_0,x_1\n0,0\n",
    ])
    func whatIsNoFileOfMiensIsReportedAndNeverCrashes(text: String) throws {
        let report = try Self.report("file", text.utf8)
        #expect(!report.problems.isEmpty)
        #expect(report.facts == nil)
    }

    @Test func aTracksProblemHasItsLineAndColumn() throws {
        let report = try Self.report("t.csv", "time_s,jawOpen\n0,0.1\n0.04,zz\n".utf8)
        #expect(report.kind == .track)
        #expect(report.problems.map(\.line) == [3])
        #expect(report.problems.map(\.key) == ["jawOpen"])
    }

    @Test func aModelCutShortOrPoisonedIsReported() throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Self.shipped("Models/face-basis.safetensors")))
        #expect(try Self.report("cut", whole.prefix(5_000)).kind == .model)
        #expect(try !Self.report("cut", whole.prefix(5_000)).problems.isEmpty)
        // The last number of the last tensor becomes a NaN.
        let poisoned = whole.dropLast(4) + [0, 0, 0xC0, 0x7F]
        let report = try Self.report("poisoned", poisoned)
        #expect(report.problems.count == 1)
        #expect(report.problems[0].message.contains("not finite"))
    }

    @Test func aFolderOrAPathThatLeadsNowhereIsReported() {
        let reports = Self.check.check(["nowhere.yaml", NSTemporaryDirectory(), "/dev/zero"])
        #expect(reports.map(\.kind) == [.unknown, .unknown, .unknown])
        #expect(reports.allSatisfy { $0.problems.count == 1 })
    }
}
