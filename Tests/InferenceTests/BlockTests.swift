import Foundation
import Testing

@testable import Inference

/// Every block beside PyTorch's, on every kernel set that this processor has, in fp32 and fp16.
@Suite struct BlockTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var kernels: KernelSet
        var elementType: WeightTensor.ElementType

        var weights: RandomWeights { RandomWeights(seed: 42, elementType: elementType) }
        var tolerance: Float { elementType == .float32 ? 1e-5 : 1e-2 }
        var testDescription: String { "\(kernels) \(elementType)" }

        static let all = KernelSet.allCases.filter(\.isAvailable).flatMap { kernels in
            [Case(kernels: kernels, elementType: .float32), Case(kernels: kernels, elementType: .float16)]
        }
    }

    let file: WeightFile

    init() throws { file = try golden("blocks") }

    func expect(_ found: Matrix, _ name: String, _ here: Case, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let error = relativeError(found, try file.matrix(name))
        #expect(error <= here.tolerance, "\(name)", sourceLocation: sourceLocation)
    }

    @Test(arguments: Case.all) func linearLayersMatchPyTorch(here: Case) throws {
        try here.kernels.run {
            for (name, inputs, outputs, rows) in [
                ("small", 37, 29, [1, 2, 7]), ("wide", 256, 1024, [48]), ("thin", 3, 5, [1, 2, 7]),
                ("long", 1296, 136, [1, 2, 7]),
            ] {
                let layer = try Linear(here.weights, "linear.\(name)", inputs: inputs, outputs: outputs)
                for count in rows {
                    var y = Matrix(rows: count, columns: outputs)
                    layer(try file.matrix("linear.\(name).\(count).x"), into: &y)
                    try expect(y, "linear.\(name).\(count).y", here)
                }
            }
        }
    }

    @Test(arguments: Case.all) func layerNormsMatchPyTorch(here: Case) throws {
        try here.kernels.run {
            for (width, epsilon) in [(51, Float(1e-5)), (256, 1e-6), (3, 1e-5)] {
                let norm = try LayerNorm(here.weights, "norm.\(width)", width: width, epsilon: epsilon)
                var x = try file.matrix("norm.\(width).x")
                norm(&x)
                try expect(x, "norm.\(width).y", here)
            }
        }
    }

    @Test(arguments: Case.all) func lstmCellsMatchPyTorch(here: Case) throws {
        try here.kernels.run {
            for (name, inputs, hidden, steps) in [("small", 19, 23, 7), ("paper", 1300, 1024, 3)] {
                let cell = try LSTMCell(here.weights, "lstm.\(name)", inputs: inputs, hidden: hidden)
                let x = try file.matrix("lstm.\(name).x")
                var state = cell.makeState(samples: 2)
                var outputs: [Float] = []
                for step in 0..<steps {
                    var input = Matrix(rows: 2, columns: inputs)
                    for sample in 0..<2 { input.copyRow(2 * step + sample, of: x, toRow: sample) }
                    cell.step(input, &state)
                    outputs += state.hidden.values
                }
                try expect(Matrix(columns: hidden, outputs), "lstm.\(name).y", here)
                try expect(state.cell, "lstm.\(name).c", here)
            }
        }
    }

    @Test(arguments: Case.all) func attentionMatchesPyTorch(here: Case) throws {
        try here.kernels.run {
            let (x, context) = (try file.matrix("attention.x"), try file.matrix("attention.context"))
            let visible = try file.tensor("attention.visible").values.map { $0 > 0 }
            let layer = try MultiHeadAttention(here.weights, "attention", width: 24, heads: 3)
            let bare = try MultiHeadAttention(here.weights, "attention.bare", width: 24, heads: 3, bias: false)
            var workspace = MultiHeadAttention.Workspace(width: 24, queries: 12, keys: 20)
            var y = Matrix(rows: 12, columns: 24)
            layer(x, into: &y, &workspace)
            try expect(y, "attention.self", here)
            layer(x, mask: .causal, into: &y, &workspace)
            try expect(y, "attention.causal", here)
            layer(x, over: context, into: &y, &workspace)
            try expect(y, "attention.cross", here)
            layer(x, over: context, mask: .keys(visible), into: &y, &workspace)
            try expect(y, "attention.masked", here)
            bare(x, over: context, into: &y, &workspace)
            try expect(y, "attention.bare", here)
        }
    }

    static let styles = [
        ("pre", TransformerStyle(norm: .pre, activation: .gelu)),
        ("post", TransformerStyle(norm: .post, activation: .relu)),
        ("leaky", TransformerStyle(norm: .post, activation: .leakyReLU(slope: 0.2))),
    ]

    @Test(arguments: Case.all) func encoderLayersMatchPyTorch(here: Case) throws {
        try here.kernels.run {
            var workspace = TransformerWorkspace(width: 24, hidden: 40, rows: 13)
            for (name, style) in Self.styles {
                let layer = try TransformerEncoderLayer(
                    here.weights, "encoder.\(name)", width: 24, heads: 3, hidden: 40, style: style)
                var x = try file.matrix("encoder.\(name).x")
                layer(&x, &workspace)
                try expect(x, "encoder.\(name).y", here)
            }
        }
    }

    @Test(arguments: Case.all) func theEncoderLayerOfThePaperMatchesPyTorch(here: Case) throws {
        try here.kernels.run {
            var workspace = TransformerWorkspace(width: 256, hidden: 1024, rows: 48)
            let layer = try TransformerEncoderLayer(here.weights, "encoder.paper", width: 256, heads: 8, hidden: 1024)
            var x = try file.matrix("encoder.paper.x")
            layer(&x, &workspace)
            try expect(x, "encoder.paper.y", here)
        }
    }

    @Test(arguments: Case.all) func decoderLayersMatchPyTorch(here: Case) throws {
        try here.kernels.run {
            var workspace = TransformerWorkspace(width: 24, hidden: 40, rows: 13, keys: 9)
            for (name, style) in Self.styles {
                let layer = try TransformerDecoderLayer(
                    here.weights, "decoder.\(name)", width: 24, heads: 3, hidden: 40, style: style)
                var x = try file.matrix("decoder.\(name).x")
                layer(&x, memory: try file.matrix("decoder.\(name).memory"), mask: .causal, &workspace)
                try expect(x, "decoder.\(name).y", here)
            }
        }
    }

    @Test(arguments: Case.all) func convolutionsMatchPyTorch(here: Case) throws {
        let odd: [(String, Conv1D.Padding)] = [
            ("none", .none), ("zeros", .zeros), ("replicate", .replicate), ("causal", .causal),
            ("causalReplicate", .causalReplicate),
        ]
        let even = odd.filter { $0.0 != "zeros" && $0.0 != "replicate" }
        try here.kernels.run {
            for (width, paddings) in [(3, odd), (4, even)] {
                for (name, padding) in paddings {
                    let layer = try Conv1D(
                        here.weights, "conv.\(width)", inputs: 7, outputs: 10, width: width, padding: padding)
                    var workspace = layer.makeWorkspace(rows: 12)
                    var y = Matrix(rows: 12, columns: 10)
                    layer(try file.matrix("conv.\(width).x"), into: &y, &workspace)
                    try expect(y, "conv.\(width).\(name)", here)
                }
            }
        }
    }

    @Test func embeddingsLookRowsUp() throws {
        let table = try Embedding(RandomWeights(seed: 3), "table", count: 5, width: 4)
        var rows = Matrix(rows: 3, columns: 4)
        table([4, 0], into: &rows)
        let all = RandomWeights(seed: 3).tensor("table.weight", shape: [5, 4]).values
        #expect(rows.values == Array(all[16..<20] + all[0..<4]))
    }

    @Test func positionalEncodingsAreThePublishedOnes() throws {
        for (name, layout) in [("interleaved", PositionalEncoding.Layout.interleaved), ("halves", .halves)] {
            let found = PositionalEncoding.sinusoidal(length: 80, width: 32, layout: layout)
            #expect(relativeError(found, try file.matrix("encoding.\(name)")) <= 1e-7)
        }
    }

    @Test func aQueryWithoutKeysGetsTheBiasOfTheProjection() throws {
        let weights = RandomWeights(seed: 42)
        let layer = try MultiHeadAttention(weights, "attention", width: 24, heads: 3)
        var workspace = MultiHeadAttention.Workspace(width: 24, queries: 11, keys: 17)
        var y = Matrix(rows: 11, columns: 24)
        let (x, context) = (try file.matrix("attention.x"), try file.matrix("attention.context"))
        layer(x, over: context, mask: .keys(.init(repeating: false, count: 17)), into: &y, &workspace)
        let bias = try weights.vector("attention.out_proj.bias", count: 24)
        #expect((0..<24).allSatisfy { y[5, $0] == bias[$0] })
    }

    @Test func aSequenceMayBeShorterThanTheWorkspace() throws {
        let layer = try TransformerEncoderLayer(RandomWeights(seed: 42), "encoder.pre", width: 24, heads: 3, hidden: 40)
        var (exact, larger) = (try file.matrix("encoder.pre.x"), try file.matrix("encoder.pre.x"))
        var small = TransformerWorkspace(width: 24, hidden: 40, rows: 13)
        var large = TransformerWorkspace(width: 24, hidden: 40, rows: 40, keys: 50)
        layer(&exact, &small)
        layer(&larger, &large)
        #expect(exact == larger)
    }
}
