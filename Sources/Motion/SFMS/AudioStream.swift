import Inference

/// The speaker's sound beside the face: the third stream of the speaker encoder, of a predictor that has an ear.
///
/// A causal convolution leads the frames' columns to the width; each layer is self-attention, then gated cross-attention
/// to and from the face. What was not heard is nowhere read. `mien_training/sfms/audio.py` is the twin.
struct AudioStream: Sendable {
    private struct Layer: Sendable {
        let own: TransformerEncoderLayer
        let fromFace: GatedCrossAttention
        let toExpression: GatedCrossAttention
        let toBody: GatedCrossAttention
    }

    /// Which tokens of face and sound hold a frame that was seen or heard.
    struct Presence: Sendable {
        let seen: [Bool]
        let heard: [Bool]
    }

    private let shape: SFMS.PredictorShape
    private let positions: Matrix
    private let scale: [Float]
    private let shift: [Float]
    private let front: Conv1D
    private let patchFront: Linear
    private let layers: [Layer]
    private let merge: Linear
    private let gate: Float

    /// The stream stored as `speaker.audio.…`.
    init(_ source: some WeightSource, shape: SFMS.PredictorShape, hearing: SFMS.Hearing) throws {
        self.shape = shape
        let (size, prefix) = (shape.size, "speaker.audio.")
        positions = PositionalEncoding.sinusoidal(length: shape.past / shape.patch, width: size.width)
        scale = try source.vector(prefix + "scale.weight", count: hearing.columns)
        shift = try source.vector(prefix + "scale.bias", count: hearing.columns)
        front = try Conv1D(
            source, prefix + "front", inputs: hearing.columns + 1, outputs: size.width, width: hearing.kernel,
            padding: .causal)
        patchFront = try Linear(
            source, prefix + "patch_front", inputs: shape.patch * size.width, outputs: size.width)
        layers = try (0..<shape.layers[0]).map { index in
            func cross(_ name: String) throws -> GatedCrossAttention {
                try GatedCrossAttention(source, "\(prefix)\(name).\(index)", size: size)
            }
            return Layer(
                own: try TransformerEncoderLayer(
                    source, "\(prefix)layers.\(index)", width: size.width, heads: size.heads, hidden: size.hidden),
                fromFace: try cross("from_face"), toExpression: try cross("to_expression"),
                toBody: try cross("to_body"))
        }
        merge = try Linear(source, prefix + "merge", inputs: size.width, outputs: size.width)
        gate = try source.vector(prefix + "gate", count: 1)[0]
    }

    /// The sound of the past [past, columns], of which some frames were heard, as tokens [past / patch, width].
    func begin(_ sound: SoundRing) -> Matrix {
        let (columns, rows) = (scale.count, sound.heard.count)
        var frames = Matrix(rows: rows, columns: columns + 1)
        for row in 0..<rows where sound.heard[row] {
            frames.withMutableRow(row) { target in
                sound.columns.withRow(row) { values in
                    for i in 0..<columns { target[i] = values[i] * scale[i] + shift[i] }
                }
                target[columns] = 1
            }
        }
        var wide = Matrix(rows: rows, columns: shape.size.width)
        var workspace = front.makeWorkspace(rows: rows)
        front(frames, into: &wide, &workspace)
        Activation.gelu(&wide)
        var tokens = Matrix(rows: rows / shape.patch, columns: shape.size.width)
        patchFront(wide.patches(of: shape.patch), into: &tokens)
        tokens.addRows(of: positions)
        return tokens
    }

    /// Layer `index` for expression, body and sound, each of which reads the others as they were.
    func layer(
        _ index: Int, _ expression: inout Matrix, _ body: inout Matrix, _ sound: inout Matrix, _ presence: Presence,
        _ workspace: inout SFMS.Predictor.Workspace
    ) {
        let layer = layers[index]
        layer.own(&sound, mask: .keys(presence.heard), &workspace.transformer)
        let rows = expression.rows
        var face = Matrix(rows: 2 * rows, columns: shape.size.width)
        for row in 0..<rows {
            face.copyRow(row, of: expression, toRow: row)
            face.copyRow(row, of: body, toRow: rows + row)
        }
        layer.toExpression(&expression, over: sound, where: presence.heard, &workspace.attention)
        layer.toBody(&body, over: sound, where: presence.heard, &workspace.attention)
        layer.fromFace(&sound, over: face, where: presence.seen + presence.seen, &workspace.attention)
    }

    /// Adds the sound's tokens that were heard to the speaker's.
    func end(_ sound: Matrix, _ presence: Presence, addedTo speaker: inout Matrix) {
        var merged = Matrix(rows: sound.rows, columns: shape.size.width)
        merge(sound, into: &merged)
        for row in 0..<merged.rows where !presence.heard[row] {
            merged.withMutableRow(row) { $0.update(repeating: 0) }
        }
        speaker.add(merged, scale: gate)
    }
}

/// The sound of the last frames: its columns, and which frames were heard.
struct SoundRing: Sendable {
    private(set) var columns: Matrix
    private(set) var heard: [Bool]

    /// Silence that nobody heard.
    init(frames: Int, columns: Int) {
        self.columns = Matrix(rows: frames, columns: columns)
        heard = [Bool](repeating: false, count: frames)
    }

    /// Moves on by a frame; nil, and a frame with a number that is not finite, was not heard. Nothing is allocated.
    mutating func push(_ frame: [Float]?) {
        columns.shiftUp()
        for index in 1..<heard.count { heard[index - 1] = heard[index] }
        let last = heard.count - 1
        heard[last] = frame.map { $0.count == columns.columns && $0.allSatisfy(\.isFinite) } ?? false
        guard heard[last], let frame else { return }
        columns.withMutableRow(last) { target in
            for index in target.indices { target[index] = frame[index] }
        }
    }
}
