/// A linear layer: y = x·Wᵀ + b for each row, weights [outputs, inputs] as PyTorch keeps them.
///
/// Weights are fp32 or fp16 and packed when the layer is made, sums are in fp32. Using it allocates nothing.
public struct Linear: Sendable {
    public var inputs: Int { weight.inputs }
    public var outputs: Int { weight.outputs }

    private let weight: PackedWeights
    private let bias: [Float]?

    /// The layer stored as `prefix.weight` and, unless told otherwise, `prefix.bias`.
    public init(
        _ source: some WeightSource, _ prefix: String, inputs: Int, outputs: Int, bias: Bool = true
    ) throws {
        try self.init(
            weight: source.tensor(prefix + ".weight", shape: [outputs, inputs]),
            bias: bias ? source.vector(prefix + ".bias", count: outputs) : nil)
    }

    /// A layer of given weights [outputs, inputs].
    init(weight: WeightTensor, bias: [Float]?) {
        self.weight = PackedWeights(weight)
        self.bias = bias
    }

    /// Writes the product of every row of `input` ([T, inputs]) to `output` ([T, outputs], capacity for T rows).
    public func callAsFunction(_ input: Matrix, into output: inout Matrix) {
        output.setRows(0)
        append(input, to: &output)
    }

    /// Writes the product to new rows at the end of `output`.
    public func append(_ input: Matrix, to output: inout Matrix) {
        precondition(output.columns == outputs)
        let first = output.rows
        output.setRows(first + input.rows)
        apply(input, into: &output, from: first, accumulating: false)
    }

    /// Adds the product to what `output` holds.
    public func add(_ input: Matrix, to output: inout Matrix) {
        precondition(output.columns == outputs && output.rows == input.rows)
        apply(input, into: &output, from: 0, accumulating: true)
    }

    private func apply(_ input: Matrix, into output: inout Matrix, from first: Int, accumulating: Bool) {
        precondition(input.columns == inputs)
        let rows = input.rows
        input.withPointer { x in
            output.withMutablePointer { start in
                let y = start + first * outputs
                if let bias {
                    bias.withUnsafeBufferPointer {
                        weight.multiply(x, $0.baseAddress, y, rows: rows, accumulating: accumulating)
                    }
                } else {
                    weight.multiply(x, nil, y, rows: rows, accumulating: accumulating)
                }
            }
        }
    }
}
