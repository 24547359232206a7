import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// Every SFMS block beside PyTorch's, at a small and at the paper's size, in fp32 and fp16.
@Suite struct SFMSParityTests {
    typealias Case = SFMSGolden.Case

    let file: WeightFile

    init() throws { file = try SFMSGolden.file("sfms-blocks") }

    /// Compares with a golden output; those of the paper's size hold every seventh column.
    private func expect(
        _ found: Matrix, _ name: String, _ here: Case, rows: [Int]? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var expected = try file.matrix("\(here.size).\(name)")
        if let rows { expected = Matrix(columns: expected.columns, rows.flatMap { expected.rows($0..<$0 + 1).values }) }
        var values: [Float] = []
        let step = found.columns == expected.columns ? 1 : here.step
        for row in 0..<found.rows {
            for column in stride(from: 0, to: found.columns, by: step) { values.append(found[row, column]) }
        }
        let error = SFMSGolden.relativeError(values, expected.values)
        #expect(error <= here.tolerance, "\(name) is off by \(error)", sourceLocation: sourceLocation)
    }

    @Test(arguments: Case.all) func theChooserMatchesPyTorch(here: Case) throws {
        let chooser = try #require(SFMSGolden.tokeniser(here.size, here.elementType, placement: .path).chooser)
        let frames = try file.matrix("frames")
        let scores = (0..<5).flatMap { chooser(frames, group: $0, k: 10) }
        try expect(Matrix(columns: 48, scores), "scores", here)
    }

    @Test(
        arguments: ["small", "paper"],
        [(SFMS.Placement.exact, 3), (.exact, 10), (.coded, 3), (.coded, 10), (.path, 10), (.topK, 10)])
    func theKeyframesArePyTorchs(size: String, choice: (placement: SFMS.Placement, k: Int)) throws {
        let tokeniser = try SFMSGolden.tokeniser(size, placement: .path)
        let mask = try tokeniser.mask(file.matrix("frames"), k: choice.k, placement: choice.placement)
        let expected = try file.integers("\(size).\(choice.placement.rawValue).\(choice.k)")
        #expect((0..<48 * 5).map { mask.isKey($0 / 5, $0 % 5) ? 1 : 0 } == expected)
    }

    @Test(arguments: ["small", "paper"]) func theCodesArePyTorchs(size: String) throws {
        let tokeniser = try SFMSGolden.tokeniser(size)
        let codes = try tokeniser.quantisers.map { try $0.codes(file.matrix("frames")) }
        #expect(try (0..<48 * 5).map { codes[$0 % 5][$0 / 5] } == file.integers("\(size).codes"))
    }

    @Test(arguments: [
        ("fine", SFMSGolden.fineQuantisers, SFMS.Placement.exact),
        ("vector", [SFMS.TokeniserShape.Quantiser](repeating: .vector(codes: 256, dimensions: 8), count: 5), .exact),
        ("dense", SFMSGolden.fineQuantisers, .dense),
    ])
    func aWindowComesBackAsPyTorchReconstructsIt(
        name: String, quantisers: [SFMS.TokeniserShape.Quantiser], placement: SFMS.Placement
    ) throws {
        let tokeniser = try SFMSGolden.tokeniser("small", quantisers: quantisers)
        var workspace = tokeniser.makeWorkspace()
        let choice = SFMS.Reconstructor.Choice(keyframes: 7, placement: placement)
        let made = try tokeniser.reconstruct(file.matrix("frames"), choice, &workspace).dense
        let expected = try file.matrix("reconstruction.\(name)")
        #expect(SFMSGolden.relativeError(made.values, expected.values) <= 1e-5)
    }

    @Test(arguments: Case.all) func theInpainterMatchesPyTorch(here: Case) throws {
        let tokeniser = try SFMSGolden.random(here.size, here.elementType).tokeniser
        var workspace = tokeniser.makeWorkspace()
        let tokens = try file.integers("tokens")
        let mask = KeyframeMask(tokens: tokens, groups: 5)
        let keyRows = (0..<mask.frames).filter(mask.hasKey)
        try expect(tokeniser.keyLatents(tokens, rows: keyRows, &workspace), "key_latents", here, rows: keyRows)
        try expect(tokeniser.transitions(mask, &workspace), "transitions", here)
        try expect(tokeniser.line(tokens, mask, rows: 0..<mask.frames), "line", here)
        try expect(tokeniser.inpaint(tokens, &workspace), "inpaint", here)
    }

    @Test(arguments: Case.all) func thePredictorMatchesPyTorch(here: Case) throws {
        let predictor = try SFMSGolden.random(here.size, here.elementType).predictor
        var workspace = predictor.makeWorkspace()
        let speaker = try predictor.encodeSpeaker(file.matrix("features"), &workspace)
        try expect(speaker, "speaker", here)
        let listener = try predictor.encodeListener(
            file.matrix("motion"), tokens: file.integers("past_tokens"), &workspace)
        try expect(listener, "listener", here)
        let memory = predictor.fuse(listener: listener, speaker: speaker, &workspace)
        try expect(memory, "memory", here)
        predictor.begin(memory, &workspace)
        let before = try file.integers("before")
        let rows = (0..<(predictor.shape.isSequential ? 8 : 1)).flatMap { row in
            predictor.next(after: before[row * 5..<(row + 1) * 5], &workspace).values
        }
        try expect(Matrix(columns: rows.count / 8, rows), "rows", here)
    }

    @Test(arguments: ["small", "paper"]) func someRowsOfAnInpaintedWindowAreThoseOfTheWhole(size: String) throws {
        let tokeniser = try SFMSGolden.random(size).tokeniser
        var workspace = tokeniser.makeWorkspace()
        let tokens = try file.integers("tokens")
        let whole = tokeniser.inpaint(tokens, &workspace)
        #expect(tokeniser.inpaint(tokens, rows: 39..<44, &workspace) == whole.rows(39..<44))
    }

    @Test(arguments: [("small.stream", 8), ("small.receding", 4)])
    func aStreamDrawsTheTokensThatPyTorchsDraws(name: String, kept: Int) throws {
        let sampling = SFMS.Sampling(
            temperature: 0.9, nucleus: 0.95, otherTemperature: 0.8, otherNucleus: 0.97, responseGain: 10, changeGain: 1,
            otherCodeTemperature: 0.7, headCodeTemperature: 1.3)
        try expect(
            SFMSGolden.random("small", sampling: sampling, kept: kept).makeStream(seed: 7), file, name, 1e-4, kept: kept
        )
    }

    @Test func theShippedListenerAnswersAsPyTorchsDoes() throws {
        try expect(
            SFMSGolden.shipped(kept: 8).makeStream(seed: 11), SFMSGolden.file("sfms-shipped"), "shipped", 1e-2, kept: 8)
    }

    /// Steps a stream with the recorded person and compares the tokens drawn and the frames shown.
    private func expect(_ stream: SFMS.Stream, _ file: WeightFile, _ prefix: String, _ tolerance: Float, kept: Int)
        throws
    {
        var stream = stream
        let (tokens, frames) = try (file.integers("\(prefix).tokens"), file.tensor("\(prefix).frames").values)
        var drawn: [Int] = []
        var shown: [Float] = []
        for (index, person) in try SFMSGolden.persons(file, prefix).enumerated() {
            shown += SFMSGolden.numbers(try stream.next(person: person).face)
            if index.isMultiple(of: kept) { drawn += stream.drawn }
        }
        #expect(drawn == tokens)
        #expect(SFMSGolden.relativeError(shown, frames) <= tolerance)
    }
}
