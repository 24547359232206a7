import Foundation
import Testing

/// `mien generate listener --audio` with the weights that ship, which were trained without sound.
@Suite struct ListenerVoiceTests {
    private let folder = NSTemporaryDirectory() + "mien-voice-" + UUID().uuidString
    private let program: MienProgram

    init() throws {
        program = try MienProgram()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "time_s,mouthSmileLeft\n0,0.1\n0.04,0.2\n".write(
            toFile: folder + "/person.csv", atomically: true, encoding: .utf8)
        try Data("RIFF".utf8).write(to: URL(fileURLWithPath: folder + "/voice.wav"))
    }

    private func listen(voice: String?, out: String = "face.csv") throws -> (text: String, code: Int32) {
        try program.run(
            ["generate", "listener", "--person", folder + "/person.csv", "--out", folder + "/" + out]
                + (voice.map { ["--audio", folder + "/" + $0] } ?? []))
    }

    private var files: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } }

    @Test func aFaceAloneIsAnswered() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (text, code) = try listen(voice: nil)
        #expect(code == 0, "\(text)")
        #expect(try files == ["face.csv", "person.csv", "voice.wav"])
    }

    @Test func aVoiceForWeightsThatDoNotHearIsRefusedAndNothingIsWritten() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (text, code) = try listen(voice: "voice.wav")
        #expect(code == 2)
        #expect(text.contains("sfms-predictor.safetensors: these weights read no sound"))
        #expect(try files == ["person.csv", "voice.wav"])
    }

    @Test func aVoiceIsNeverWrittenOver() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (text, code) = try listen(voice: "voice.wav", out: "voice.wav")
        #expect(code == 2)
        #expect(text.contains("would overwrite the person's voice"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/voice.wav")) == Data("RIFF".utf8))
    }
}
