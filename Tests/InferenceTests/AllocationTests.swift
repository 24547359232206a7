import CAllocationCounter
import Testing

@testable import Inference

/// Steps after the first allocate nothing.
@Suite struct AllocationTests {
    let weights = RandomWeights(seed: 1)
    let halfWeights = RandomWeights(seed: 1, elementType: .float16)

    /// Allocations of the second to fifth call.
    func allocations(_ step: () -> Void) -> Int64 {
        step()
        let before = mien_allocation_count()
        for _ in 0..<4 { step() }
        return mien_allocation_count() - before
    }

    @Test func anLSTMStepDoesNotAllocate() throws {
        for source in [weights, halfWeights] {
            let cell = try LSTMCell(source, "l", inputs: 300, hidden: 64)
            var state = cell.makeState(samples: 2)
            var input = Matrix(rows: 2, columns: 300)
            let count = allocations {
                input[0, 3] += 1
                cell.step(input, &state)
                input.copyRow(0, of: state.hidden, toRow: 1, column: 5)
            }
            #expect(count == 0)
        }
    }

    @Test func transformerLayersDoNotAllocate() throws {
        for source in [weights, halfWeights] {
            let encoder = try TransformerEncoderLayer(source, "e", width: 32, heads: 4, hidden: 64)
            let decoder = try TransformerDecoderLayer(
                source, "d", width: 32, heads: 4, hidden: 64, style: TransformerStyle(norm: .post, activation: .relu))
            var workspace = TransformerWorkspace(width: 32, hidden: 64, rows: 48)
            let visible = [Bool](repeating: true, count: 48)
            var x = Matrix(rows: 48, columns: 32)
            var queries = Matrix(rows: 8, columns: 32)
            let count = allocations {
                encoder(&x, mask: .keys(visible), &workspace)
                decoder(&queries, memory: x, mask: .causal, &workspace)
                x.shiftUp(by: 8)
            }
            #expect(count == 0)
        }
    }

    @Test func attentionThatRemembersDoesNotAllocate() throws {
        for source in [weights, halfWeights] {
            let attention = try IncrementalAttention(source, "a", width: 32, heads: 4, reach: 3)
            var state = attention.makeState(sequences: 2)
            let rows = Matrix(rows: 2, columns: 32)
            var output = rows
            let count = allocations {
                attention.append(rows, to: &state)
                attention.attend(rows, over: &state, into: &output)
            }
            #expect(count == 0)
        }
    }

    @Test func theOtherBlocksDoNotAllocate() throws {
        let convolution = try Conv1D(weights, "c", inputs: 5, outputs: 6, width: 3, padding: .replicate)
        var workspace = convolution.makeWorkspace(rows: 9)
        let input = Matrix(rows: 9, columns: 5)
        var output = Matrix(rows: 9, columns: 6)
        let head = try Linear(weights, "h", inputs: 6, outputs: 241)
        let norm = try LayerNorm(weights, "n", width: 6)
        var logits = Matrix(rows: 9, columns: 241)
        var sampler = CategoricalSampler(classes: 241)
        let quantiser = FiniteScalarQuantiser()
        var code = Matrix(rows: 1, columns: 3)
        let count = allocations {
            convolution(input, into: &output, &workspace)
            norm(&output)
            Activation.gelu(&output)
            head(output, into: &logits)
            let drawn = logits.withRow(3) { sampler.sample($0, temperature: 0.7, nucleus: 0.9, uniform: 0.4) }
            code.withMutableRow(0) { quantiser.decode(drawn % 240, into: $0) }
            quantiser.quantise(&code)
            logits.softmax()
        }
        #expect(count == 0)
    }

    @Test func solversDoNotAllocate() throws {
        let file = try golden("solvers")
        let shape = try file.tensor("bounded.3.a").shape
        let matrix = try file.doubles("bounded.3.a")
        let targets = try file.doubles("bounded.3.b")
        let ridge = [Double](repeating: 1e-3, count: shape[1])
        var solver = BoundedLeastSquares(rowCapacity: shape[0], columns: shape[1])
        var svd = SingularValueDecomposition(rows: 3, columns: 3)
        let small = [2.0, 1, 0, 1, 3, 1, 0, 1, 4]
        let count = allocations {
            solver.setMatrix(matrix, rows: shape[0], ridge: ridge)
            solver.solve(targets)
            try? svd.decompose(small)
        }
        #expect(count == 0)
    }
}
