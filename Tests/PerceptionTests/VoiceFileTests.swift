import Foundation
import Testing

@testable import Perception

/// Recorded voices: any rate and number of channels, and what is no voice.
@Suite struct VoiceFileTests {
    /// A WAV file as Microsoft's RIFF specification lays it out: 16 bit PCM (format 1) or fp32 (format 3).
    private func wav(_ samples: [Float], rate: Int, channels: Int = 1, isFloat: Bool = false) throws -> String {
        func bytes<T>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
        let body =
            isFloat
            ? samples.flatMap { bytes($0) } : samples.flatMap { bytes(Int16(($0 * 32767).rounded())) }
        let width = isFloat ? 4 : 2
        var data = Array("RIFF".utf8) + bytes(UInt32(36 + body.count)) + Array("WAVEfmt ".utf8) + bytes(UInt32(16))
        data += bytes(UInt16(isFloat ? 3 : 1)) + bytes(UInt16(channels)) + bytes(UInt32(rate))
        data += bytes(UInt32(rate * channels * width)) + bytes(UInt16(channels * width)) + bytes(UInt16(8 * width))
        data += Array("data".utf8) + bytes(UInt32(body.count)) + body
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).wav")
        try Data(data).write(to: url)
        return url.path
    }

    private func tone(rate: Int) -> [Float] {
        (0..<rate).map { Float(0.25 * sin(2 * Double.pi * 440 * Double($0) / Double(rate))) }
    }

    @Test(arguments: [8_000, 16_000, 22_050, 44_100, 48_000])
    func aFileOfAnyRateIsTheSameVoice(rate: Int) throws {
        // All of it on the left, so that the mean of both sides is half.
        let path = try wav(tone(rate: rate).flatMap { [2 * $0, 0] }, rate: rate, channels: 2)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let found = try VoiceFile.read(path)
        let expected = tone(rate: 16_000)
        #expect(abs(found.count - 16_000) <= 1)
        #expect((400..<15_600).allSatisfy { abs(found[$0] - expected[$0]) < 2e-3 })
    }

    @Test func whatIsNoSoundIsRefusedByItsName() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).wav").path
        try Data("no sound at all".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: VoiceFile.Error.self) { try VoiceFile.read(path) }
        #expect(throws: VoiceFile.Error.self) { try VoiceFile.read("/nowhere/at-all.wav") }
    }

    @Test func aSampleThatIsNoNumberIsRefusedByItsPlace() throws {
        let path = try wav([0, 0.5, .nan, 0], rate: 16_000, isFloat: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: VoiceFile.Error.notFinite(path: path, sample: 2)) { try VoiceFile.read(path) }
    }

    @Test func aFileWithoutSamplesIsRefused() throws {
        let path = try wav([], rate: 16_000)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: VoiceFile.Error.empty(path: path)) { try VoiceFile.read(path) }
    }
}
