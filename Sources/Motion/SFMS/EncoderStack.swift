import Inference

/// Pre-norm transformer encoder layers with GELU, and one last layer normalisation.
struct EncoderStack: Sendable {
    private let layers: [TransformerEncoderLayer]
    private let norm: LayerNorm

    /// The stack stored as `prefix.layers.0…` and `prefix.norm`.
    init(_ source: some WeightSource, _ prefix: String, size: SFMS.Width, layers count: Int) throws {
        layers = try (0..<count).map {
            try TransformerEncoderLayer(
                source, "\(prefix).layers.\($0)", width: size.width, heads: size.heads, hidden: size.hidden)
        }
        norm = try LayerNorm(source, prefix + ".norm", width: size.width)
    }

    /// Changes some of the rows, which are all that `x` then holds: the last layer computes no others.
    func callAsFunction(_ x: inout Matrix, keeping rows: Range<Int>, _ workspace: inout TransformerWorkspace) {
        for layer in layers.dropLast() { layer(&x, &workspace) }
        if let last = layers.last { last(&x, keeping: rows, &workspace) } else { x.keepRows(rows) }
        norm(&x)
    }

    /// Changes the sequence in place.
    func callAsFunction(_ x: inout Matrix, mask: AttentionMask = .none, _ workspace: inout TransformerWorkspace) {
        for layer in layers { layer(&x, mask: mask, &workspace) }
        norm(&x)
    }
}
