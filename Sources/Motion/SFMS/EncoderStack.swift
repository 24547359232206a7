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

    /// Changes the sequence in place.
    func callAsFunction(_ x: inout Matrix, mask: AttentionMask = .none, _ workspace: inout TransformerWorkspace) {
        for layer in layers { layer(&x, mask: mask, &workspace) }
        norm(&x)
    }
}
