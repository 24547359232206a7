import Inference

/// x + α·CrossAttention(norm x, norm y) with a learned gate α that training starts at 0 (as in FIBER; spec §2.3).
struct GatedCrossAttention: Sendable {
    private let ownNorm: LayerNorm
    private let otherNorm: LayerNorm
    private let attention: MultiHeadAttention
    private let gate: Float

    init(_ source: some WeightSource, _ prefix: String, size: SFMS.Width) throws {
        ownNorm = try LayerNorm(source, prefix + ".norm_x", width: size.width)
        otherNorm = try LayerNorm(source, prefix + ".norm_y", width: size.width)
        attention = try MultiHeadAttention(source, prefix + ".attention", width: size.width, heads: size.heads)
        gate = try source.vector(prefix + ".alpha", count: 1)[0]
    }

    /// Adds to x what it finds in y.
    func callAsFunction(_ x: inout Matrix, over y: Matrix, _ workspace: inout MultiHeadAttention.Workspace) {
        var (own, other, found) = (x, y, x)
        ownNorm(x, into: &own)
        otherNorm(y, into: &other)
        attention(own, over: other, into: &found, &workspace)
        x.add(found, scale: gate)
    }
}

/// The speaker encoder: an expression and a body stream, self-attention in each, gated cross-attention both ways.
struct SpeakerEncoder: Sendable {
    private struct Layer: Sendable {
        let expression: TransformerEncoderLayer
        let body: TransformerEncoderLayer
        let toExpression: GatedCrossAttention
        let toBody: GatedCrossAttention
    }

    private let shape: SFMS.PredictorShape
    private let positions: Matrix
    private let expressionFront: Linear
    private let bodyFront: Linear
    private let layers: [Layer]
    private let merge: Linear

    /// The encoder stored as `speaker.…`.
    init(_ source: some WeightSource, shape: SFMS.PredictorShape) throws {
        self.shape = shape
        let size = shape.size
        let expression = SpeakerFeatures.expressionCount
        positions = PositionalEncoding.sinusoidal(length: shape.past / shape.patch, width: size.width)
        expressionFront = try Linear(
            source, "speaker.expression_front", inputs: shape.patch * expression, outputs: size.width)
        bodyFront = try Linear(
            source, "speaker.body_front", inputs: shape.patch * (SpeakerFeatures.count - expression),
            outputs: size.width)
        layers = try (0..<shape.layers[0]).map { index in
            func own(_ name: String) throws -> TransformerEncoderLayer {
                try TransformerEncoderLayer(
                    source, "speaker.\(name).\(index)", width: size.width, heads: size.heads, hidden: size.hidden)
            }
            return Layer(
                expression: try own("expression_layers"), body: try own("body_layers"),
                toExpression: try GatedCrossAttention(source, "speaker.to_expression.\(index)", size: size),
                toBody: try GatedCrossAttention(source, "speaker.to_body.\(index)", size: size))
        }
        merge = try Linear(source, "speaker.merge", inputs: 2 * size.width, outputs: size.width)
    }

    /// Features of the speaker's past, [past, 15], to [past / patch, width].
    func callAsFunction(_ features: Matrix, _ workspace: inout SFMS.Predictor.Workspace) -> Matrix {
        let split = SpeakerFeatures.expressionCount
        let rows = features.rows / shape.patch
        var x = Matrix(rows: rows, columns: shape.size.width)
        var y = x
        expressionFront(features.columns(0..<split).patches(of: shape.patch), into: &x)
        bodyFront(features.columns(split..<features.columns).patches(of: shape.patch), into: &y)
        x.addRows(of: positions)
        y.addRows(of: positions)
        for layer in layers {
            layer.expression(&x, &workspace.transformer)
            layer.body(&y, &workspace.transformer)
            let before = x  // Both read the other as it was.
            layer.toExpression(&x, over: y, &workspace.attention)
            layer.toBody(&y, over: before, &workspace.attention)
        }
        var both = Matrix(rows: rows, columns: 2 * shape.size.width)
        for row in 0..<rows {
            both.copyRow(row, of: x, toRow: row)
            both.copyRow(row, of: y, toRow: row, column: shape.size.width)
        }
        merge(both, into: &x)
        return x
    }
}
