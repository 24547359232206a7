import Foundation
import Inference
import Testing

@testable import Perception

/// Log-mel columns beside librosa's (`Training/mien_training/golden/make_sound.py`), and where they lie in time.
@Suite struct LogMelTests {
    let samples: [Float]
    let expected: [Float]

    init() throws {
        let file = try WeightFile(path: Bundle.module.bundlePath + "/Golden/log-mel.safetensors")
        samples = try file.tensor("samples").values
        expected = try file.tensor("columns").values
    }

    @Test func columnsAreLibrosas() {
        var voice = RecordedVoice(samples)
        let found = (1...25).flatMap { voice.columns(at: $0) ?? [] }
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func aFrameHearsNothingOfItsFuture() {
        let loud = [Float](repeating: 0, count: 6400) + [Float](repeating: 0.5, count: 9600)
        var voice = RecordedVoice(loud)
        let floor = Float(log(LogMel.floor))
        let begun = voice.columns(at: 0)
        #expect(begun == nil)
        let heard = (1...26).map { voice.columns(at: $0) }
        #expect(heard[..<10].allSatisfy { $0?.allSatisfy { $0 == floor } == true })
        #expect(heard[10]?.contains { $0 > floor } == true)
        #expect(heard[24] != nil && heard[25] == nil)
    }

    @Test func framesThatWereSkippedWereHeardAllTheSame() {
        var (steady, jumping) = (RecordedVoice(samples), RecordedVoice(samples))
        for index in 1...20 { _ = steady.columns(at: index) }
        let (late, last) = (jumping.columns(at: 20), steady.columns(at: 20))
        #expect(late != nil && late == last)
    }
}
