import CKernels

/// A layer normalisation: each row minus its mean, over its deviation, times a learnt scale plus a learnt shift.
public struct LayerNorm: Sendable {
    public let width: Int
    public let epsilon: Float
    private let scale: [Float]
    private let shift: [Float]

    /// The layer stored as `prefix.weight` and `prefix.bias`.
    public init(_ source: some WeightSource, _ prefix: String, width: Int, epsilon: Float = 1e-5) throws {
        self.width = width
        self.epsilon = epsilon
        scale = try source.vector(prefix + ".weight", count: width)
        shift = try source.vector(prefix + ".bias", count: width)
    }

    /// Writes the normalised rows of `input` to `output` (the same width, capacity for its rows).
    public func callAsFunction(_ input: Matrix, into output: inout Matrix) {
        precondition(input.columns == width && output.columns == width)
        output.setRows(input.rows)
        input.withPointer { x in
            output.withMutablePointer { y in mien_layer_norm(x, scale, shift, epsilon, y, input.rows, width) }
        }
    }

    /// Normalises rows in place.
    public func callAsFunction(_ matrix: inout Matrix) {
        precondition(matrix.columns == width)
        let rows = matrix.rows
        matrix.withMutablePointer { mien_layer_norm($0, scale, shift, epsilon, $0, rows, width) }
    }
}
