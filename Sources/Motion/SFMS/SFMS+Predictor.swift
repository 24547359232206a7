import Inference

extension SFMS {
    /// The predictor: the listener's and the speaker's past to the next rows of tokens (spec §2.3).
    public struct Predictor: Sendable {
        public let shape: PredictorShape
        /// How many channel groups, each with `1 + codes` classes: 0 is a transition frame, 1 + code a keyframe.
        public let groups: Int
        public let codes: Int

        private let positions: Matrix
        private let speaker: SpeakerEncoder
        let response: SpeakerResponse
        private let motionFront: Linear
        private let tokenFront: Linear
        private let tokenEmbedding: Embedding
        private let listenerStack: EncoderStack
        private let segment: Matrix
        private let fusionStack: EncoderStack
        private let queries: Matrix
        private let decoderLayers: [TransformerDecoderLayer]
        private let decoderNorm: LayerNorm
        private let head: Linear

        /// Scratch of the transformer layers and the cross-attentions.
        public struct Workspace: Sendable {
            var transformer: TransformerWorkspace
            var attention: MultiHeadAttention.Workspace
            /// What each decoder layer keeps of the block so far.
            var decoding: [TransformerDecoderLayer.Memory]
            /// Rows of the block that were decoded.
            var decoded = 0
        }

        /// Running means of the listener's own smile and cheek (4 s and 16 s each) beside its 58 channels.
        static let listenerColumns = 58 + 4

        /// A predictor of any size from a file or from random weights.
        public init(_ source: some WeightSource, shape: PredictorShape, groups: Int, codes: Int) throws {
            self.shape = shape
            self.groups = groups
            self.codes = codes
            let size = shape.size
            positions = PositionalEncoding.sinusoidal(length: shape.past / shape.patch, width: size.width)
            speaker = try SpeakerEncoder(source, shape: shape)
            response = try SpeakerResponse(source)
            motionFront = try Linear(
                source, "motion_front", inputs: shape.patch * Self.listenerColumns, outputs: size.width)
            tokenFront = try Linear(source, "token_front", inputs: shape.patch * size.width, outputs: size.width)
            tokenEmbedding = try Embedding(source, "token_embed", count: groups * (1 + codes), width: size.width)
            listenerStack = try EncoderStack(source, "listener_stack", size: size, layers: shape.layers[1])
            segment = Matrix(columns: size.width, try source.tensor("segment", shape: [2, size.width]).values)
            fusionStack = try EncoderStack(source, "fusion_stack", size: size, layers: shape.layers[2])
            queries = Matrix(
                columns: size.width, try source.tensor("queries", shape: [shape.hop, size.width]).values)
            decoderLayers = try (0..<shape.layers[3]).map {
                try TransformerDecoderLayer(
                    source, "decoder_layers.\($0)", width: size.width, heads: size.heads, hidden: size.hidden)
            }
            decoderNorm = try LayerNorm(source, "decoder_norm", width: size.width)
            head = try Linear(source, "head", inputs: size.width, outputs: groups * (1 + codes))
        }

        public func makeWorkspace() -> Workspace {
            let rows = 2 * shape.past / shape.patch
            let size = shape.size
            return Workspace(
                transformer: TransformerWorkspace(
                    width: size.width, hidden: size.hidden, rows: max(rows, shape.hop), keys: max(rows, shape.hop)),
                attention: MultiHeadAttention.Workspace(width: size.width, queries: rows, keys: rows),
                decoding: decoderLayers.map { _ in
                    TransformerDecoderLayer.Memory(width: size.width, rows: shape.hop, keys: rows)
                })
        }
    }
}

extension SFMS.Predictor {
    /// The sum over groups of the embeddings of one row of tokens, added to a row of a matrix.
    private func addEmbedding(of tokens: ArraySlice<Int>, to matrix: inout Matrix, row: Int, column: Int) {
        matrix.withMutableRow(row) { target in
            for (group, token) in tokens.enumerated() {
                tokenEmbedding.table.withRow(group * (1 + codes) + token) { values in
                    for i in values.indices { target[column + i] += values[i] }
                }
            }
        }
    }

    /// Listener encoder: standardised frames with running means [past, 62] and row-major tokens [past, groups] to
    /// [past / patch, width].
    func encodeListener(_ motion: Matrix, tokens: [Int], _ workspace: inout Workspace) -> Matrix {
        let width = shape.size.width
        let rows = motion.rows / shape.patch
        var embedded = Matrix(rows: rows, columns: shape.patch * width)
        for frame in 0..<motion.rows {
            addEmbedding(
                of: tokens[frame * groups..<(frame + 1) * groups], to: &embedded, row: frame / shape.patch,
                column: frame % shape.patch * width)
        }
        var x = Matrix(rows: rows, columns: width)
        motionFront(motion.patches(of: shape.patch), into: &x)
        tokenFront.add(embedded, to: &x)
        x.addRows(of: positions)
        listenerStack(&x, &workspace.transformer)
        return x
    }

    /// Speaker encoder: features [past, 15], and what was heard meanwhile, to [past / patch, width].
    func encodeSpeaker(_ features: Matrix, sound: SoundRing? = nil, _ workspace: inout Workspace) -> Matrix {
        speaker(features, sound, &workspace)
    }

    /// Fusion: both along time with segment and position, [2 · past / patch, width].
    func fuse(listener: Matrix, speaker: Matrix, _ workspace: inout Workspace) -> Matrix {
        let rows = listener.rows
        var joint = Matrix(rows: 2 * rows, columns: shape.size.width)
        for row in 0..<rows {
            joint.copyRow(row, of: listener, toRow: row)
            joint.copyRow(row, of: speaker, toRow: rows + row)
        }
        for row in 0..<2 * rows {
            joint.addRow(row / rows, of: segment, toRow: row)
            joint.addRow(row % rows, of: positions, toRow: row)
        }
        fusionStack(&joint, &workspace.transformer)
        return joint
    }

    /// Begins a block over what `fuse` gave.
    func begin(_ memory: Matrix, _ workspace: inout Workspace) {
        workspace.decoded = 0
        for (index, layer) in decoderLayers.enumerated() { layer.begin(memory, &workspace.decoding[index]) }
    }

    /// Logits [n, groups · (1 + codes)] of the block's next rows: one, given the tokens one row earlier, of a predictor
    /// that decodes row by row; otherwise all.
    func next(after before: ArraySlice<Int>, _ workspace: inout Workspace) -> Matrix {
        let rows = shape.isSequential ? 1 : shape.hop
        var x = Matrix(rows: rows, columns: shape.size.width)
        for row in 0..<rows { x.copyRow(workspace.decoded + row, of: queries, toRow: row) }
        if shape.isSequential { addEmbedding(of: before, to: &x, row: 0, column: 0) }
        for (index, layer) in decoderLayers.enumerated() {
            layer.next(&x, &workspace.decoding[index], &workspace.transformer)
        }
        workspace.decoded += rows
        decoderNorm(&x)
        var out = Matrix(rows: rows, columns: head.outputs)
        head(x, into: &out)
        return out
    }
}
