import Inference

/// The quantiser of one channel group: a frame's channels to a code, and the tables of what each code stands for.
///
/// Quantising frame by frame keeps a keyframe's token independent of the window (spec §2.2.4). A code has few values,
/// so what the networks make of each is computed once, at load.
struct GroupQuantiser: Sendable {
    let channels: [Int]
    let quantiser: FiniteScalarQuantiser
    /// The group's channels (standardised) that each code decodes to without context, [codes, channels].
    let plain: Matrix
    /// What the keyframe encoder reads of each code, [codes, width].
    let embedding: Matrix
    private let first: Linear
    private let second: Linear

    /// The quantiser stored as `quantisers.index.…` with its projection `key_embed.index`.
    init(
        _ source: some WeightSource, index: Int, channels: [Int], levels: [Int], width: Int, hidden: Int = 64
    ) throws {
        self.channels = channels
        let quantiser = FiniteScalarQuantiser(levels: levels)
        self.quantiser = quantiser
        let prefix = "quantisers.\(index)"
        first = try Linear(source, prefix + ".encode.0", inputs: channels.count, outputs: hidden)
        second = try Linear(source, prefix + ".encode.2", inputs: hidden, outputs: levels.count)
        let decodeFirst = try Linear(source, prefix + ".decode.0", inputs: levels.count, outputs: hidden)
        let decodeSecond = try Linear(source, prefix + ".decode.2", inputs: hidden, outputs: channels.count)
        let embed = try Linear(source, "key_embed.\(index)", inputs: levels.count, outputs: width)
        var values = Matrix(rows: quantiser.count, columns: levels.count)
        for code in 0..<quantiser.count { values.withMutableRow(code) { quantiser.decode(code, into: $0) } }
        var middle = Matrix(rows: quantiser.count, columns: hidden)
        var plain = Matrix(rows: quantiser.count, columns: channels.count)
        var embedding = Matrix(rows: quantiser.count, columns: width)
        decodeFirst(values, into: &middle)
        Activation.gelu(&middle)
        decodeSecond(middle, into: &plain)
        embed(values, into: &embedding)
        self.plain = plain
        self.embedding = embedding
    }

    /// The code of each row of standardised frames [T, 58].
    func codes(_ frames: Matrix) -> [Int] {
        var own = Matrix(rows: frames.rows, columns: channels.count)
        for row in 0..<frames.rows {
            for (place, channel) in channels.enumerated() { own[row, place] = frames[row, channel] }
        }
        var middle = Matrix(rows: frames.rows, columns: first.outputs)
        var z = Matrix(rows: frames.rows, columns: second.outputs)
        first(own, into: &middle)
        Activation.gelu(&middle)
        second(middle, into: &z)
        return (0..<frames.rows).map { row in z.withRow(row) { quantiser.encode($0) } }
    }
}
