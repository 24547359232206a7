import CKernels
import COpenBLAS

/// A linear layer: y = x·Wᵀ + b for each row, weights row-major [outputs, inputs] as PyTorch keeps them.
///
/// Weights in fp32 are multiplied by OpenBLAS on one thread, save for a few rows (where its matrix product is two to
/// five times slower than Mien's own kernel) and for the portable set. Weights in fp16 are multiplied by Mien's kernels
/// with sums in fp32. Nothing is allocated.
public struct Linear: Sendable {
    public let inputs: Int
    public let outputs: Int
    /// From so many rows on, OpenBLAS's matrix product is the faster one.
    private static let rowsForOpenBLAS = 16

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
        OpenBLAS.useOneThread()
        outputs = weight.shape[0]
        inputs = weight.shape[1]
        self.weight = weight
        self.bias = bias
    }

    /// Writes the product of every row of `input` ([T, inputs]) to `output` ([T, outputs], capacity for T rows).
    public func callAsFunction(_ input: Matrix, into output: inout Matrix) {
        output.setRows(input.rows)
        precondition(output.columns == outputs)
        apply(input, into: &output, accumulating: false)
    }

    /// Adds the product to what `output` holds.
    public func add(_ input: Matrix, to output: inout Matrix) {
        precondition(output.columns == outputs && output.rows == input.rows)
        apply(input, into: &output, accumulating: true)
    }

    private func apply(_ input: Matrix, into output: inout Matrix, accumulating: Bool) {
        precondition(input.columns == inputs)
        let rows = input.rows
        input.withPointer { x in
            output.withMutablePointer { y in
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
        case .float32 where (2..<Self.rowsForOpenBLAS).contains(rows) || mien_kernels_are_portable():
            mien_linear_f32(x, inputs, weight.float32, inputs, bias, y, outputs, rows, inputs, outputs, accumulating)
        case .float32:
            OpenBLAS.linear(
                x, weight.float32, bias, y, rows: rows, inputs: inputs, outputs: outputs, accumulating: accumulating)
        }
    }
}

/// OpenBLAS on one thread, which makes its results repeatable on a machine.
enum OpenBLAS {
    private static let once: Void = openblas_set_num_threads(1)

    static func useOneThread() { once }

    static func linear(
        _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
        _ y: UnsafeMutablePointer<Float>, rows: Int, inputs: Int, outputs: Int, accumulating: Bool
    ) {
        if let bias {
            for row in 0..<rows {
                let target = y + row * outputs
                if accumulating {
                    for i in 0..<outputs { target[i] += bias[i] }
                } else {
                    target.update(from: bias, count: outputs)
                }
            }
        }
        let beta: Float = accumulating || bias != nil ? 1 : 0
        let (m, n, k) = (Int32(rows), Int32(outputs), Int32(inputs))
        if rows == 1 {
            cblas_sgemv(CblasRowMajor, CblasNoTrans, n, k, 1, w, k, x, 1, beta, y, 1)
        } else {
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, x, k, w, k, beta, y, n)
        }
    }
}
