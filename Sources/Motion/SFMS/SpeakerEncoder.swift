import Inference

/// x + α·CrossAttention(norm x, norm y) with a learned gate α that training starts at 0 (as in FIBER; spec §2.3).
struct GatedCrossAttention: Sendable {
    private let ownNorm: LayerNorm
    private let otherNorm: LayerNorm
    private let attention: MultiHeadAttention
    let gates: [Float]

    /// The attention stored under a prefix; more than one gate where what is found goes to more than one x.
    init(_ source: some WeightSource, _ prefix: String, size: SFMS.Width, gates count: Int = 1) throws {
        ownNorm = try LayerNorm(source, prefix + ".norm_x", width: size.width)
        otherNorm = try LayerNorm(source, prefix + ".norm_y", width: size.width)
        attention = try MultiHeadAttention(source, prefix + ".attention", width: size.width, heads: size.heads)
        gates = try source.vector(prefix + ".alpha", count: count)
    }

    /// Adds to x what it finds in y, of which only some rows may be there; where none is, x stays as it is.
    func callAsFunction(
        _ x: inout Matrix, over y: Matrix, where present: [Bool]? = nil,
        _ workspace: inout MultiHeadAttention.Workspace
    ) {
        if let found = find(x, y, where: present, &workspace) { x.add(found, scale: gates[0]) }
    }

    /// What x finds in y; nil where nothing of y is there.
    func find(
        _ x: Matrix, _ y: Matrix, where present: [Bool]?, _ workspace: inout MultiHeadAttention.Workspace
    ) -> Matrix? {
        if let present, !present.contains(true) { return nil }
        var (own, other, found) = (x, y, x)
        ownNorm(x, into: &own)
        otherNorm(y, into: &other)
        attention(own, over: other, mask: AttentionMask(keys: present), into: &found, &workspace)
        return found
    }
}

/// The speaker encoder: an expression and a body stream, self-attention in each, gated cross-attention both ways; and a
/// third of sound, where a predictor has an ear.
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
    private let audio: AudioStream?

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
        audio = try shape.hearing.map { try AudioStream(source, shape: shape, hearing: $0) }
    }

    /// Which frames of features hold anything of a face.
    private static func seen(_ features: Matrix) -> [Bool] {
        (0..<features.rows).map { row in SpeakerFeatures.presence.contains { features[row, $0] > 0 } }
    }

    /// Features of the speaker's past, [past, 15], and its sound to [past / patch, width].
    func callAsFunction(
        _ features: Matrix, _ sound: SoundRing?, _ workspace: inout SFMS.Predictor.Workspace
    ) -> Matrix {
        guard let audio else { return encode(features, nil, &workspace) }
        let seen = Self.seen(features)
        var features = features
        for row in 0..<features.rows where !seen[row] { features.withMutableRow(row) { $0.update(repeating: 0) } }
        guard let sound, sound.heard.contains(true) else { return encode(features, nil, &workspace) }
        let presence = AudioStream.Presence(seen: tokens(seen, shape.patch), heard: tokens(sound.heard, audio.patch))
        return encode(features, (audio, audio.begin(sound), presence), &workspace)
    }

    /// Which tokens hold at least one flagged frame.
    private func tokens(_ frames: [Bool], _ patch: Int) -> [Bool] {
        stride(from: 0, to: frames.count, by: patch).map { frames[$0..<$0 + patch].contains(true) }
    }

    private func encode(
        _ features: Matrix, _ ear: (stream: AudioStream, tokens: Matrix, presence: AudioStream.Presence)?,
        _ workspace: inout SFMS.Predictor.Workspace
    ) -> Matrix {
        var heard = ear?.tokens
        let split = SpeakerFeatures.expressionCount
        let rows = features.rows / shape.patch
        var x = Matrix(rows: rows, columns: shape.size.width)
        var y = x
        expressionFront(features.columns(0..<split).patches(of: shape.patch), into: &x)
        bodyFront(features.columns(split..<features.columns).patches(of: shape.patch), into: &y)
        x.addRows(of: positions)
        y.addRows(of: positions)
        for (index, layer) in layers.enumerated() {
            layer.expression(&x, &workspace.transformer)
            layer.body(&y, &workspace.transformer)
            let before = x  // Both read the other as it was.
            layer.toExpression(&x, over: y, &workspace.attention)
            layer.toBody(&y, over: before, &workspace.attention)
            if let ear, var sound = heard.take() {  // moved, not copied
                ear.stream.layer(index, &x, &y, &sound, ear.presence, &workspace)
                heard = sound
            }
        }
        var both = Matrix(rows: rows, columns: 2 * shape.size.width)
        for row in 0..<rows {
            both.copyRow(row, of: x, toRow: row)
            both.copyRow(row, of: y, toRow: row, column: shape.size.width)
        }
        merge(both, into: &x)
        if let ear, let heard { ear.stream.end(heard, ear.presence, addedTo: &x) }
        return x
    }
}
