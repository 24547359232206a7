/// How a transformer layer is put together.
public struct TransformerStyle: Sendable, Equatable {
    /// Whether a sublayer's input is normalised (pre) or its sum with the input (post).
    public enum Norm: Sendable { case pre, post }

    public var norm: Norm
    /// The feed-forward block's function.
    public var activation: Activation
    /// The normalisations' epsilon.
    public var epsilon: Float
    /// Whether the attentions have biases.
    public var attentionBias: Bool

    public init(
        norm: Norm = .pre, activation: Activation = .gelu, epsilon: Float = 1e-5, attentionBias: Bool = true
    ) {
        self.norm = norm
        self.activation = activation
        self.epsilon = epsilon
        self.attentionBias = attentionBias
    }
}

/// Scratch for transformer layers; all layers of one width and hidden size can share it.
public struct TransformerWorkspace: Sendable {
    fileprivate var normed: Matrix
    fileprivate var change: Matrix
    fileprivate var picked: Matrix
    fileprivate var hidden: Matrix
    fileprivate var attention: MultiHeadAttention.Workspace

    /// Room for `rows` rows attending over at most `keys` (as many, where not said).
    public init(width: Int, hidden: Int, rows: Int, keys: Int? = nil) {
        normed = Matrix(rows: rows, columns: width)
        change = Matrix(rows: rows, columns: width)
        picked = Matrix(rows: rows, columns: width)
        self.hidden = Matrix(rows: rows, columns: hidden)
        attention = MultiHeadAttention.Workspace(width: width, queries: rows, keys: max(rows, keys ?? rows))
    }
}

/// A transformer encoder layer as `torch.nn.TransformerEncoderLayer` computes and stores it: self-attention, then a
/// feed-forward block, each with a residual.
public struct TransformerEncoderLayer: Sendable {
    private let attention: MultiHeadAttention
    private let feedForward: FeedForward
    private let attentionNorm: LayerNorm
    private let feedForwardNorm: LayerNorm
    private let style: TransformerStyle

    /// The layer stored as `prefix.self_attn`, `.linear1`, `.linear2`, `.norm1`, `.norm2`.
    public init(
        _ source: some WeightSource, _ prefix: String, width: Int, heads: Int, hidden: Int,
        style: TransformerStyle = TransformerStyle()
    ) throws {
        self.style = style
        attention = try MultiHeadAttention(
            source, prefix + ".self_attn", width: width, heads: heads, bias: style.attentionBias)
        feedForward = try FeedForward(source, prefix, width: width, hidden: hidden, activation: style.activation)
        attentionNorm = try LayerNorm(source, prefix + ".norm1", width: width, epsilon: style.epsilon)
        feedForwardNorm = try LayerNorm(source, prefix + ".norm2", width: width, epsilon: style.epsilon)
    }

    /// Changes the sequence [T, width] in place.
    public func callAsFunction(
        _ x: inout Matrix, mask: AttentionMask = .none, _ workspace: inout TransformerWorkspace
    ) {
        residual(&x, attentionNorm, style.norm, &workspace) { input, workspace in
            attention(input, mask: mask, into: &workspace.change, &workspace.attention)
        }
        residual(&x, feedForwardNorm, style.norm, &workspace) { input, workspace in
            feedForward(input, into: &workspace.change, &workspace.hidden)
        }
    }

    /// The same for some of the rows only, which are all that `x` then holds: what a last layer needs.
    public func callAsFunction(
        _ x: inout Matrix, keeping rows: Range<Int>, _ workspace: inout TransformerWorkspace
    ) {
        workspace.normed.copy(x)
        if style.norm == .pre { attentionNorm(&workspace.normed) }
        attention.remember(workspace.normed, in: &workspace.attention.memory)
        workspace.picked.copy(workspace.normed)
        workspace.picked.keepRows(rows)
        x.keepRows(rows)
        attention.attend(
            workspace.picked, over: workspace.attention.memory, into: &workspace.change, &workspace.attention)
        x.add(workspace.change)
        if style.norm == .post { attentionNorm(&x) }
        residual(&x, feedForwardNorm, style.norm, &workspace) { input, workspace in
            feedForward(input, into: &workspace.change, &workspace.hidden)
        }
    }
}

/// A transformer decoder layer as `torch.nn.TransformerDecoderLayer` computes and stores it: self-attention, attention
/// over a memory, then a feed-forward block, each with a residual.
public struct TransformerDecoderLayer: Sendable {
    private let selfAttention: MultiHeadAttention
    private let crossAttention: MultiHeadAttention
    private let feedForward: FeedForward
    private let norms: (LayerNorm, LayerNorm, LayerNorm)
    private let style: TransformerStyle

    /// The layer stored as `prefix.self_attn`, `.multihead_attn`, `.linear1`, `.linear2`, `.norm1`, `.norm2`, `.norm3`.
    public init(
        _ source: some WeightSource, _ prefix: String, width: Int, heads: Int, hidden: Int,
        style: TransformerStyle = TransformerStyle()
    ) throws {
        self.style = style
        selfAttention = try MultiHeadAttention(
            source, prefix + ".self_attn", width: width, heads: heads, bias: style.attentionBias)
        crossAttention = try MultiHeadAttention(
            source, prefix + ".multihead_attn", width: width, heads: heads, bias: style.attentionBias)
        feedForward = try FeedForward(source, prefix, width: width, hidden: hidden, activation: style.activation)
        func norm(_ i: Int) throws -> LayerNorm {
            try LayerNorm(source, "\(prefix).norm\(i)", width: width, epsilon: style.epsilon)
        }
        norms = (try norm(1), try norm(2), try norm(3))
    }

    /// Changes the sequence [T, width] in place; `memory` is [S, width].
    public func callAsFunction(
        _ x: inout Matrix, memory: Matrix, mask: AttentionMask = .none, memoryMask: AttentionMask = .none,
        _ workspace: inout TransformerWorkspace
    ) {
        residual(&x, norms.0, style.norm, &workspace) { input, workspace in
            selfAttention(input, mask: mask, into: &workspace.change, &workspace.attention)
        }
        residual(&x, norms.1, style.norm, &workspace) { input, workspace in
            crossAttention(input, over: memory, mask: memoryMask, into: &workspace.change, &workspace.attention)
        }
        residual(&x, norms.2, style.norm, &workspace) { input, workspace in
            feedForward(input, into: &workspace.change, &workspace.hidden)
        }
    }
}

extension TransformerDecoderLayer {
    /// What a layer keeps while it decodes row by row: the keys and values of the rows so far and of the context.
    public struct Memory: Sendable {
        fileprivate var own: MultiHeadAttention.Memory
        fileprivate var context: MultiHeadAttention.Memory

        /// Room for `rows` rows over a context of up to `keys` rows.
        public init(width: Int, rows: Int, keys: Int) {
            own = MultiHeadAttention.Memory(width: width, keys: rows)
            context = MultiHeadAttention.Memory(width: width, keys: keys)
        }
    }

    /// Begins a sequence over a context [S, width].
    public func begin(_ context: Matrix, _ memory: inout Memory) {
        memory.own.clear()
        crossAttention.remember(context, in: &memory.context)
    }

    /// Changes the sequence's next rows in place; each sees all rows before and each other.
    public func next(_ x: inout Matrix, _ memory: inout Memory, _ workspace: inout TransformerWorkspace) {
        residual(&x, norms.0, style.norm, &workspace) { input, workspace in
            selfAttention.append(input, to: &memory.own)
            selfAttention.attend(input, over: memory.own, into: &workspace.change, &workspace.attention)
        }
        residual(&x, norms.1, style.norm, &workspace) { input, workspace in
            crossAttention.attend(input, over: memory.context, into: &workspace.change, &workspace.attention)
        }
        residual(&x, norms.2, style.norm, &workspace) { input, workspace in
            feedForward(input, into: &workspace.change, &workspace.hidden)
        }
    }
}

/// Two linear layers with a function between them.
private struct FeedForward: Sendable {
    let first: Linear
    let second: Linear
    let activation: Activation

    init(
        _ source: some WeightSource, _ prefix: String, width: Int, hidden: Int, activation: Activation
    ) throws {
        first = try Linear(source, prefix + ".linear1", inputs: width, outputs: hidden)
        second = try Linear(source, prefix + ".linear2", inputs: hidden, outputs: width)
        self.activation = activation
    }

    func callAsFunction(_ input: Matrix, into output: inout Matrix, _ hidden: inout Matrix) {
        first(input, into: &hidden)
        activation(&hidden)
        second(hidden, into: &output)
    }
}

/// x ← x + f(norm(x)) or norm(x + f(x)); `body` writes f of its input to the workspace's `change`.
@inline(__always)
private func residual(
    _ x: inout Matrix, _ norm: LayerNorm, _ place: TransformerStyle.Norm, _ workspace: inout TransformerWorkspace,
    _ body: (_ input: Matrix, _ workspace: inout TransformerWorkspace) -> Void
) {
    switch place {
    case .pre:
        norm(x, into: &workspace.normed)
        body(workspace.normed, &workspace)
        x.add(workspace.change)
    case .post:
        body(x, &workspace)
        x.add(workspace.change)
        norm(&x)
    }
}
