import CKernels
import Testing

@testable import Inference

@Suite struct KernelTests {
    static let sets = KernelSet.allCases.filter(\.isAvailable)

    @Test(arguments: sets) func functionsAreRightToSingleMachinePrecision(set: KernelSet) throws {
        let file = try golden("blocks")
        let x = try file.tensor("function.x").values
        let functions: [(String, Activation)] = [
            ("relu", .relu), ("leaky", .leakyReLU(slope: 0.2)), ("elu", .elu), ("gelu", .gelu), ("silu", .silu),
            ("tanh", .tanh), ("sigmoid", .sigmoid),
        ]
        try set.run {
            for (name, function) in functions {
                var matrix = Matrix(x)
                function(&matrix)
                let expected = try file.tensor("function.\(name)").values
                for (i, (found, right)) in zip(matrix.values, expected).enumerated() {
                    // Where the result is the small difference of large numbers, an absolute error counts.
                    let scale = name == "elu" || name == "gelu" ? max(abs(right), 1) : max(abs(right), 1e-30)
                    #expect(abs(found - right) <= 3e-7 * scale, "\(name)(\(x[i]))")
                }
            }
            var exponentials = x
            mien_exp(&exponentials, exponentials.count)
            for (found, right) in zip(exponentials, try file.tensor("function.exp").values) where right > 1e-37 {
                #expect(abs(found - right) <= 2e-7 * right)
            }
        }
    }

    @Test(arguments: sets) func functionsKeepWhatIsNotFinite(set: KernelSet) throws {
        try set.run {
            var exponentials: [Float] = [.nan, .infinity, -.infinity, 200, -200, 88.7, 0]
            mien_exp(&exponentials, exponentials.count)
            #expect(exponentials[0].isNaN)
            #expect(Array(exponentials[1..<5]) == [.infinity, 0, .infinity, 0])
            #expect(exponentials[5].isFinite)
            #expect(exponentials[6] == 1)
            var squashed = Matrix([.nan, .infinity, -.infinity, 0, 3e38, -3e38])
            Activation.tanh(&squashed)
            #expect(squashed[0, 0].isNaN)
            #expect(Array(squashed.values.dropFirst()) == [1, -1, 0, 1, -1])
            var gated = Matrix([.nan, 0, 1e30])
            Activation.gelu(&gated)
            #expect(gated[0, 0].isNaN)
            #expect(gated[0, 1] == 0 && gated[0, 2] == 1e30)
        }
    }

    @Test(arguments: sets) func softmaxMatchesPyTorch(set: KernelSet) throws {
        let file = try golden("blocks")
        try set.run {
            var x = try file.matrix("softmax.x")
            for column in 10..<77 { x[2, column] = -.infinity }
            var logarithms = Matrix(columns: 77, Array(x.values.prefix(2 * 77)))
            x.softmax()
            logarithms.logSoftmax()
            #expect(relativeError(x, try file.matrix("softmax.y")) <= 1e-6)
            #expect(relativeError(logarithms, try file.matrix("softmax.log")) <= 1e-6)
            #expect(x[2, 40] == 0)
        }
    }

    @Test(arguments: sets) func everyHalfPrecisionNumberWidens(set: KernelSet) throws {
        let halves = (0...UInt16.max).map { $0 }
        try set.run {
            var wide = [Float](repeating: 0, count: halves.count)
            mien_widen_f16(halves, &wide, halves.count)
            let wrong = halves.filter { bits in
                let right = Float(Float16(bitPattern: bits))
                let found = wide[Int(bits)]
                return right.isNaN ? !found.isNaN : found.bitPattern != right.bitPattern
            }
            #expect(wrong.isEmpty)
        }
    }

    @Test func thePortableSetGivesKnownBytes() throws {
        let file = try golden("blocks")
        let once = try KernelSet.portable.run { try Self.hashOfAnEncoderLayer(file) }
        let twice = try KernelSet.portable.run { try Self.hashOfAnEncoderLayer(file) }
        #expect(once == twice)
        // Read on one machine; the same on every machine, or the set is not portable.
        #expect(once == 541_832_375_679_371_353)
    }

    static func hashOfAnEncoderLayer(_ file: WeightFile) throws -> UInt64 {
        var x = try file.matrix("encoder.paper.x")
        var workspace = TransformerWorkspace(width: 256, hidden: 1024, rows: 48)
        let layer = try TransformerEncoderLayer(
            RandomWeights(seed: 42), "encoder.paper", width: 256, heads: 8, hidden: 1024)
        layer(&x, &workspace)
        return x.values.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
    }

    @Test func aSetChosenForAThreadEndsWithItsUse() throws {
        let before = KernelSet.active
        try KernelSet.portable.run {
            #expect(KernelSet.active == .portable)
            try KernelSet.widest.run { #expect(KernelSet.active == .widest) }
            #expect(KernelSet.active == .portable)
        }
        #expect(KernelSet.active == before)
    }

    @Test func anUnknownSetIsNotChosen() {
        #expect(!mien_kernels_available("sse9"))
        #expect(!mien_kernels_select("sse9"))
    }
}
