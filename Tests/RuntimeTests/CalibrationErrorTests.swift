import Actuation
import Foundation
import Testing

/// The guided session from a file of answers, on simulated robots whose horns hide offsets, gains, bends and play behind
/// mechanisms that end early; what comes of it is judged by the simulator, which knows the truth.
@Suite(.serialized) struct CalibrationErrorTests {
    private let folder = NSTemporaryDirectory() + "mien-unit-" + UUID().uuidString
    private let program: MienProgram

    init() throws {
        program = try MienProgram()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private struct Report: Decodable {
        struct Line: Decodable {
            var name: String
            var calibrated: Bool?
            var low, high, backlash: Double?
            var worst, worstBefore: Double?

            enum CodingKeys: String, CodingKey {
                case name, calibrated, low, high, backlash
                case worst = "worst_error_deg"
                case worstBefore = "worst_error_before_deg"
            }
        }
        var actuators: [Line]
        var antagonists: [[String]]?
        var effects: [Line]?
    }

    private func calibrate(
        _ command: String, _ robot: String, _ only: [String], answers: String? = nil, more: [String] = []
    ) throws -> Report {
        var arguments =
            ["calibrate", command, "Robots/\(robot).yaml", "--serial", "t", "--folder", folder, "--json"]
            + ["--hidden", "7", "--speed", "0.5", "--points", "9", "--rest", "0.4"] + more
        for name in only { arguments += ["--only", name] }
        if let answers {
            let path = folder + "/answers.json"
            try Data(answers.utf8).write(to: URL(fileURLWithPath: path))
            arguments += ["--answers", path]
        }
        let (text, code) = try program.run(arguments)
        try #require(code == 0, "\(text)")
        return try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    }

    /// One robot; with `MIEN_SOAK=1` another, which turns further and takes longer.
    private static let units =
        [("feetech-face-8", "brow-left")]
        + (ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? [("dynamixel-neck-3", "neck-pitch")] : [])

    @Test(arguments: units)
    func aGuidedUnitStandsWhereItIsMeantTo(_ robot: String, _ actuator: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let hidden = ["--measure", "simulator", "--stops", "5"]
        let found = try calibrate("guide", robot, [actuator], answers: "{}", more: hidden)
        #expect(found.actuators.first?.calibrated == true)
        let line = try #require(try calibrate("check", robot, [actuator], more: hidden).actuators.first)
        let (after, before) = (try #require(line.worst), try #require(line.worstBefore))
        #expect(after < 0.6, "\(line)")
        #expect(after < before / 5, "\(line)")
    }

    @Test func aUnitThatCannotMeasureIsMeasuredByAProgram() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Whatever it is told, this horn stands at 5 degrees: nothing that could be calibrated.
        let (text, code) = try program.run([
            "calibrate", "Robots/ohbot.yaml", "--serial", "t", "--folder", folder, "--only", "EyeTurn", "--speed",
            "0.5",
            "--points", "9", "--rest", "0", "--measure", "echo 5", "--answers", try answers("{}"),
        ])
        #expect(code != 0)
        let reasons = ["is it blocked, unplugged, or another servo?", "does not change"]
        #expect(reasons.contains { text.contains($0) }, "\(text)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/ohbot-t.yaml"))
    }

    private func answers(_ text: String) throws -> String {
        let path = folder + "/answers.json"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }
}
