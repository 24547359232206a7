import Inference

/// The speaker's sound beside the face: the third stream of the speaker encoder, of a predictor that has an ear.
///
/// A causal convolution makes a token of every few frames; each layer is self-attention, then gated cross-attention both
/// ways with the face: the sum of its two streams asks and is asked, and what it finds goes to each by a gate. What was
/// not heard is nowhere read. `mien_training/sfms/audio.py` is the twin.
struct AudioStream: Sendable {
    private struct Layer: Sendable {
        let own: TransformerEncoderLayer
        let toFace: GatedCrossAttention
        let fromFace: GatedCrossAttention
    }

    /// Which tokens of face and sound hold a frame that was seen or heard.
    struct Presence: Sendable {
        let seen: [Bool]
        let heard: [Bool]
    }

    /// Frames of a token.
    let patch: Int
    /// The layer of the face that the sound's first one goes with.
    private let first: Int
    /// Tokens of the face beside one of sound.
    private let repeats: Int
    private let width: Int
    private let positions: Matrix
    private let scale: [Float]
    private let shift: [Float]
    private let front: Conv1D
    private let back: Linear
    private let layers: [Layer]
    private let merge: Linear
    private let gate: Float

    /// The stream stored as `speaker.audio.…`.
    init(_ source: some WeightSource, shape: SFMS.PredictorShape, hearing: SFMS.Hearing) throws {
        let (size, prefix) = (shape.size, "speaker.audio.")
        patch = hearing.patch
        repeats = patch / shape.patch
        first = shape.layers[0] - hearing.layers
        width = size.width
        positions = PositionalEncoding.sinusoidal(length: shape.past / patch, width: width)
        scale = try source.vector(prefix + "scale.weight", count: hearing.columns)
        shift = try source.vector(prefix + "scale.bias", count: hearing.columns)
        front = try Conv1D(
            source, prefix + "front", inputs: hearing.columns + 1, outputs: size.width, width: hearing.kernel,
            padding: .causal, stride: patch)
        back = try Linear(source, prefix + "back", inputs: width, outputs: width)
        layers = try (0..<hearing.layers).map { index in
            Layer(
                own: try TransformerEncoderLayer(
                    source, "\(prefix)layers.\(index)", width: size.width, heads: size.heads, hidden: size.hidden),
                toFace: try GatedCrossAttention(source, "\(prefix)to_face.\(index)", size: size, gates: 2),
                fromFace: try GatedCrossAttention(source, "\(prefix)from_face.\(index)", size: size))
        }
        merge = try Linear(source, prefix + "merge", inputs: size.width, outputs: size.width)
        gate = try source.vector(prefix + "gate", count: 1)[0]
    }

    /// The sound of the past, of which some frames were heard, as tokens [past / patch, width].
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
        var wide = Matrix(rows: rows / patch, columns: width)
        var workspace = front.makeWorkspace(rows: rows / patch)
        front(frames, into: &wide, &workspace)
        Activation.gelu(&wide)
        var tokens = wide
        back(wide, into: &tokens)
        tokens.addRows(of: positions)
        return tokens
    }

    /// What the sound does after layer `index` of the face, nothing before its own first: expression, body and sound, each
    /// of which reads the others as they were.
    func layer(
        _ index: Int, _ expression: inout Matrix, _ body: inout Matrix, _ sound: inout Matrix, _ presence: Presence,
        _ workspace: inout SFMS.Predictor.Workspace
    ) {
        guard index >= first else { return }
        let layer = layers[index - first]
        layer.own(&sound, mask: .keys(presence.heard), &workspace.transformer)
        var face = expression
        face.add(body)
        if let found = layer.toFace.find(face, sound, where: presence.heard, &workspace.attention) {
            expression.add(found, scale: layer.toFace.gates[0])
            body.add(found, scale: layer.toFace.gates[1])
        }
        layer.fromFace(&sound, over: face, where: presence.seen, &workspace.attention)
    }

    /// Adds the sound's tokens that were heard to those of the speaker that they lie beside.
    func end(_ sound: Matrix, _ presence: Presence, addedTo speaker: inout Matrix) {
        var merged = Matrix(rows: sound.rows, columns: width)
        merge(sound, into: &merged)
        for row in 0..<speaker.rows where presence.heard[row / repeats] {
            speaker.withMutableRow(row) { target in
                merged.withRow(row / repeats) { values in
                    for index in target.indices { target[index] += gate * values[index] }
                }
            }
        }
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
