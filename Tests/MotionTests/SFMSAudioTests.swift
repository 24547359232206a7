import FaceKit
import Foundation
import Testing

@testable import Inference
@testable import Motion

/// A predictor with an ear beside PyTorch's, and what it does when nothing is heard or seen.
@Suite struct SFMSAudioTests {
    let file: WeightFile

    init() throws { file = try SFMSGolden.file("sfms-audio") }

    private func predictor(
        _ size: String, _ elementType: WeightTensor.ElementType = .float32, hears: Bool = true
    ) throws -> SFMS.Predictor {
        var shape = size == "paper" ? SFMS.PredictorShape.paper : SFMSGolden.smallPredictor
        if hears {
            shape.hearing = SFMS.Hearing(
                columns: try file.matrix("\(size).sound").columns, kind: "made up", layers: size == "paper" ? 1 : 2)
        }
        return try SFMS.Predictor(
            RandomWeights(seed: SFMSGolden.seed, elementType: elementType), shape: shape, groups: 5, codes: 240)
    }

    /// A window's sound; frames that were not heard are given as something not finite.
    private func ring(_ sound: Matrix, heard: [Float]) -> SoundRing {
        var ring = SoundRing(frames: sound.rows, columns: sound.columns)
        for (row, flag) in heard.enumerated() {
            ring.push(flag > 0 ? sound.withRow(row) { Array($0) } : [Float](repeating: .nan, count: sound.columns))
        }
        return ring
    }

    private func every(_ step: Int, _ matrix: Matrix) -> [Float] {
        (0..<matrix.rows).flatMap { row in stride(from: 0, to: matrix.columns, by: step).map { matrix[row, $0] } }
    }

    @Test(arguments: SFMSGolden.Case.all, ["heard", "deaf", "mixed", "blind"])
    func thePredictorMatchesPyTorch(here: SFMSGolden.Case, name: String) throws {
        let predictor = try predictor(here.size, here.elementType)
        var workspace = predictor.makeWorkspace()
        let sound = try ring(
            file.matrix("\(here.size).sound"), heard: file.tensor("\(name).heard").values)
        let speaker = try predictor.encodeSpeaker(
            file.matrix("\(name).features"), sound: sound, &workspace)
        let tokens = try file.integers("past_tokens")
        let listener = try predictor.encodeListener(file.matrix("motion"), tokens: tokens, &workspace)
        predictor.begin(predictor.fuse(listener: listener, speaker: speaker, &workspace), &workspace)
        let rows = (0..<(predictor.shape.isSequential ? 8 : 1)).flatMap { row in
            predictor.next(after: tokens[row * 5..<(row + 1) * 5], &workspace).values
        }
        for (output, found) in [("speaker", speaker), ("rows", Matrix(columns: rows.count / 8, rows))] {
            let expected = try file.tensor("\(here.size).\(name).\(output)").values
            let error = SFMSGolden.relativeError(every(here.step, found), expected)
            #expect(error <= here.tolerance, "\(output) is off by \(error)")
        }
    }

    @Test func withoutSoundItIsThePredictorWithoutAnEar() throws {
        let (hearing, seeing) = try (predictor("small"), predictor("small", hears: false))
        var (one, other) = (hearing.makeWorkspace(), seeing.makeWorkspace())
        let features = try file.matrix("deaf.features")
        let silent = try ring(file.matrix("small.sound"), heard: [Float](repeating: 0, count: 40))
        let plain = seeing.encodeSpeaker(features, &other)
        #expect(hearing.encodeSpeaker(features, sound: silent, &one) == plain)
        #expect(hearing.encodeSpeaker(features, &one) == plain)
    }

    @Test func aFaceThatIsNotSeenMayHoldAnything() throws {
        let predictor = try predictor("small")
        var workspace = predictor.makeWorkspace()
        let sound = try ring(file.matrix("small.sound"), heard: file.tensor("mixed.heard").values)
        var wild = try file.matrix("heard.features")
        for row in 0..<wild.rows { for column in SpeakerFeatures.presence { wild[row, column] = 0 } }
        #expect(
            try predictor.encodeSpeaker(wild, sound: sound, &workspace)
                == predictor.encodeSpeaker(file.matrix("blind.features"), sound: sound, &workspace))
    }

    @Test func aStreamThatHearsDrawsTheTokensThatPyTorchsDraws() throws {
        let sampling = SFMS.Sampling(
            temperature: 0.9, nucleus: 0.95, otherTemperature: 0.8, otherNucleus: 0.97, responseGain: 10, changeGain: 1,
            otherCodeTemperature: 0.7, headCodeTemperature: 1.3)
        var shape = SFMSGolden.smallPredictor
        shape.hearing = SFMS.Hearing(columns: 12, kind: "made up", layers: 2)
        var stream = try SFMS.random(
            tokeniser: SFMSGolden.smallTokeniser, predictor: shape, seed: SFMSGolden.seed, basis: SFMSGolden.basis(),
            sampling: sampling, kept: 4
        ).makeStream(seed: 7)
        let (sound, heard) = try (file.matrix("stream.sound"), file.tensor("stream.heard").values)
        var (drawn, shown): ([Int], [Float]) = ([], [])
        for (index, person) in try SFMSGolden.persons(file, "stream").enumerated() {
            stream.hear(heard[index] > 0 ? sound.withRow(index) { Array($0) } : nil)
            shown += SFMSGolden.numbers(try stream.next(person: person).face)
            if index.isMultiple(of: 4) { drawn += stream.drawn }
        }
        #expect(try drawn == file.integers("stream.tokens"))
        #expect(try SFMSGolden.relativeError(shown, file.tensor("stream.frames").values) <= 1e-4)
    }

    /// A weight file without tensors that says these things of an ear beside the shipped predictor's sizes.
    private func file(_ ear: [String: String]) throws -> WeightFile {
        let shipped = try WeightFile(path: SFMSGolden.models + "/sfms-predictor.safetensors")
        let header = ["__metadata__": shipped.metadata.merging(ear) { $1 }]
        let text = try JSONSerialization.data(withJSONObject: header)
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).safetensors")
        try (withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try WeightFile(path: url.path)
    }

    @Test func whatAFileSaysOfItsEarIsRead() throws {
        let ear = [
            "audio_features": "768", "audio_kind": "wav2vec2-768", "audio_kernel": "5", "audio_patch": "4",
            "audio_layers": "2",
        ]
        let expected = SFMS.Hearing(columns: 768, kind: "wav2vec2-768", kernel: 5, patch: 4, layers: 2)
        #expect(try SFMS.PredictorShape(file(ear)).hearing == expected)
        #expect(try SFMS.PredictorShape(file([:])).hearing == nil)
        #expect(try SFMS.PredictorShape(file(["audio_features": "0"])).hearing == nil)
    }

    @Test(arguments: [("audio_patch", "3"), ("audio_patch", "16"), ("audio_kernel", "2"), ("audio_layers", "3")])
    func anEarThatDoesNotFitTheFaceIsRefused(key: String, value: String) throws {
        let ear = [
            "audio_features": "8", "audio_kind": "made up", "audio_kernel": "6", "audio_patch": "4",
            "audio_layers": "1",
        ]
        let wrong = try file(ear.merging([key: value]) { $1 })
        #expect(throws: SFMS.Error.self) { try SFMS.PredictorShape(wrong) }
    }
}
