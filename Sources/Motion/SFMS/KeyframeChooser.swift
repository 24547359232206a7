import FaceKit
import Inference

/// The learned keyframe chooser: each group's own motion to the log-probability that a frame is one of its k keyframes.
///
/// All groups share one encoder, each through its own front; `mien_training/sfms/chooser.py` is the twin.
struct KeyframeChooser: Sendable {
    /// Distances to the neighbours from whose middle a frame's deviation is read.
    private static let spans = [1, 2, 4, 8, 16]
    /// Keyframes in a window that the embedding of k knows.
    static let most = 16

    private let groups: [[Int]]
    private let fronts: [Linear]
    private let groupEmbedding: Matrix
    private let countEmbedding: Matrix
    private let positions: Matrix
    private let project: Linear
    private let stack: EncoderStack
    private let head: Linear
    /// By how much a pick lowers the scores of the frames at distance 1, 2 and 3.
    let discouragement: [Float]

    /// The chooser stored as `chooser.…`.
    init(_ source: some WeightSource, shape: SFMS.TokeniserShape, groups: [[Int]]) throws {
        self.groups = groups
        let width = shape.chooserWidth
        fronts = try groups.enumerated().map { index, channels in
            try Linear(
                source, "chooser.fronts.\(index)", inputs: 3 * channels.count + Self.spans.count, outputs: width)
        }
        groupEmbedding = Matrix(
            columns: width, try source.tensor("chooser.group_embed", shape: [groups.count, width]).values)
        countEmbedding = Matrix(
            columns: width, try source.tensor("chooser.k_embed", shape: [Self.most, width]).values)
        positions = PositionalEncoding.sinusoidal(length: shape.window, width: width)
        project = try Linear(source, "chooser.project", inputs: width, outputs: width)
        stack = try EncoderStack(
            source, "chooser.stack",
            size: SFMS.Width(width: width, heads: shape.size.heads, hidden: 2 * width), layers: shape.layers[0])
        head = try Linear(source, "chooser.head", inputs: width, outputs: 1)
        discouragement = try source.vector("chooser.discourage", count: 3).map { value in
            let share = 1 / (1 + PortableMath.exp(-Double(value)))
            return Float(PortableMath.log(max(1 - share, 1e-6)))
        }
    }

    /// log π of each frame of a group, over a window of standardised frames.
    func callAsFunction(_ frames: Matrix, group: Int, k: Int) -> [Float] {
        let count = frames.rows
        let front = fronts[group]
        var input = Matrix(rows: count, columns: front.inputs)
        fill(&input, frames, groups[group])
        var x = Matrix(rows: count, columns: front.outputs)
        front(input, into: &x)
        Activation.gelu(&x)
        var h = Matrix(rows: count, columns: front.outputs)
        project(x, into: &h)
        h.addRows(of: positions)
        for row in 0..<count {
            h.addRow(group, of: groupEmbedding, toRow: row)
            h.addRow(min(k, Self.most) - 1, of: countEmbedding, toRow: row)
        }
        var workspace = TransformerWorkspace(width: h.columns, hidden: 2 * h.columns, rows: count)
        stack(&h, &workspace)
        var scores = Matrix(rows: count, columns: 1)
        head(h, into: &scores)
        return scores.logSoftmaxOfColumns().values
    }

    /// A group's frames and their neighbours in units of the window's deviation, and how far each is from the middle of
    /// its neighbours at every span.
    private func fill(_ input: inout Matrix, _ frames: Matrix, _ channels: [Int]) {
        let (count, width) = (frames.rows, channels.count)
        var own = Matrix(rows: count, columns: width)
        var energy: Float = 0
        for (place, channel) in channels.enumerated() {
            let mean = (0..<count).reduce(Float(0)) { $0 + frames[$1, channel] } / Float(count)
            for row in 0..<count {
                own[row, place] = frames[row, channel] - mean
                energy += own[row, place] * own[row, place]
            }
        }
        let scale = 1 / (energy / Float(count * width) + 1e-4).squareRoot()
        for row in 0..<count {
            for place in 0..<width { own[row, place] *= scale }
        }
        func before(_ row: Int, _ span: Int) -> Int { max(row - span, 0) }
        func after(_ row: Int, _ span: Int) -> Int { min(row + span, count - 1) }
        for row in 0..<count {
            for place in 0..<width {
                input[row, place] = own[before(row, 1), place]
                input[row, width + place] = own[row, place]
                input[row, 2 * width + place] = own[after(row, 1), place]
            }
            for (index, span) in Self.spans.enumerated() {
                var off: Float = 0
                for place in 0..<width {
                    let middle = (own[before(row, span), place] + own[after(row, span), place]) / 2
                    off += (own[row, place] - middle) * (own[row, place] - middle)
                }
                input[row, 3 * width + index] = Float(PortableMath.log(Double(off / Float(width) + 1e-3)))
            }
        }
    }
}
