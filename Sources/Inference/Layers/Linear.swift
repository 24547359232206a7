import CKernels

/// A linear layer: y = x·Wᵀ + b for each row, weights row-major [outputs, inputs] as PyTorch keeps them.
///
/// Weights are fp32 or fp16, sums are in fp32. Mien's kernels are used at every size: at 48 rows of 256 to 1024 they take
/// 0.7 of the time of OpenBLAS 0.3.21's `sgemm` on one thread, at one row the time of its `sgemv`. Nothing is allocated.
public struct Linear: Sendable {
    public let inputs: Int
    public let outputs: Int

    private let weight: WeightTensor
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
        outputs = weight.shape[0]
        inputs = weight.shape[1]
        self.weight = weight
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
                    bias.withUnsafeBufferPointer { multiply(x, $0.baseAddress, y, rows, accumulating) }
                } else {
                    multiply(x, nil, y, rows, accumulating)
                }
            }
        }
    }

    private func multiply(
        _ x: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>, _ rows: Int,
        _ accumulating: Bool
    ) {
        switch weight.elementType {
        case .float16:
            mien_linear_f16(x, inputs, weight.float16, inputs, bias, y, outputs, rows, inputs, outputs, accumulating)
        case .float32:
            mien_linear_f32(x, inputs, weight.float32, inputs, bias, y, outputs, rows, inputs, outputs, accumulating)
        }
    }
}
