import CKernels

/// Which keys a query may see.
public struct AttentionMask: Sendable {
    /// A query sees keys up to its own row only.
    public var isCausal: Bool
    /// One flag a key, true where it may be seen; nil where all may.
    public var keys: [Bool]?

    public init(isCausal: Bool = false, keys: [Bool]? = nil) {
        self.isCausal = isCausal
        self.keys = keys
    }

    public static let none = AttentionMask()
    public static let causal = AttentionMask(isCausal: true)
    /// Keys may be seen where the flag is true.
    public static func keys(_ visible: [Bool]) -> AttentionMask { AttentionMask(keys: visible) }
}

/// Multi-head attention as `torch.nn.MultiheadAttention` computes and stores it, for one sequence.
///
/// Queries are [T, width], the context (keys and values) is [S, width]. A query that may see no key gets zeros from the
/// heads, where PyTorch would give NaN.
public struct MultiHeadAttention: Sendable {
    public let width: Int
    public let heads: Int
    private let query: Linear
    private let key: Linear
    private let value: Linear
    private let out: Linear

    /// The keys and values of a context, computed once for any number of queries; a sequence that grows appends to it.
    public struct Memory: Sendable {
        /// A key a column, [width, room], so that scores, like what is mixed of the values, are sums of rows.
        fileprivate var keys: Matrix
        /// A value a row, [count, width].
        fileprivate var values: Matrix
        /// The newest keys, a row each.
        fileprivate var newest: Matrix

        /// An empty memory with room for `keys` rows.
        public init(width: Int, keys: Int) {
            self.keys = Matrix(rows: width, columns: keys)
            values = Matrix(rows: keys, columns: width)
            newest = values
            clear()
        }

        /// Rows in it.
        public var count: Int { values.rows }

        /// Forgets everything.
        public mutating func clear() { values.setRows(0) }
    }

    /// Scratch for up to `queries` rows over up to `keys` rows; every attention of the width can share one.
    public struct Workspace: Sendable {
        fileprivate var queries: Matrix
        var memory: Memory
        fileprivate var scores: Matrix
        fileprivate var mixed: Matrix

        public init(width: Int, queries: Int, keys: Int) {
            self.queries = Matrix(rows: queries, columns: width)
            memory = Memory(width: width, keys: keys)
            scores = Matrix(rows: queries, columns: keys)
            mixed = Matrix(rows: queries, columns: width)
        }
    }

    /// The attention stored as `prefix.in_proj_weight`, `.in_proj_bias`, `.out_proj.weight`, `.out_proj.bias`.
    public init(
        _ source: some WeightSource, _ prefix: String, width: Int, heads: Int, bias: Bool = true
    ) throws {
        precondition(heads > 0 && width.isMultiple(of: heads), "heads must divide the width")
        self.width = width
        self.heads = heads
        let weight = try source.tensor(prefix + ".in_proj_weight", shape: [3 * width, width])
        let shift = bias ? try source.vector(prefix + ".in_proj_bias", count: 3 * width) : nil
        func part(_ i: Int) -> Linear {
            let range = i * width..<(i + 1) * width
            return Linear(weight: weight.rows(range), bias: shift.map { Array($0[range]) })
        }
        (query, key, value) = (part(0), part(1), part(2))
        out = try Linear(source, prefix + ".out_proj", inputs: width, outputs: width, bias: bias)
    }

    /// Self-attention: writes [T, width] to `output`.
    public func callAsFunction(
        _ input: Matrix, mask: AttentionMask = .none, into output: inout Matrix, _ workspace: inout Workspace
    ) {
        callAsFunction(input, over: input, mask: mask, into: &output, &workspace)
    }

    /// Attention of queries over a context: writes [T, width] to `output`.
    public func callAsFunction(
        _ queries: Matrix, over context: Matrix, mask: AttentionMask = .none, into output: inout Matrix,
        _ workspace: inout Workspace
    ) {
        remember(context, in: &workspace.memory)
        attend(queries, over: workspace.memory, mask: mask, into: &output, &workspace)
    }

    /// Fills a memory with the keys and values of a context, in place of what it held.
    public func remember(_ context: Matrix, in memory: inout Memory) {
        memory.clear()
        append(context, to: &memory)
    }

    /// Adds the keys and values of more rows to a memory.
    public func append(_ context: Matrix, to memory: inout Memory) {
        key(context, into: &memory.newest)
        memory.keys.setColumns(from: memory.count, toRowsOf: memory.newest)
        value.append(context, to: &memory.values)
    }

    /// Attention of queries over a memory: writes [T, width] to `output`.
    public func attend(
        _ queries: Matrix, over memory: Memory, mask: AttentionMask = .none, into output: inout Matrix,
        _ workspace: inout Workspace
    ) {
        precondition(mask.keys == nil || mask.keys?.count == memory.count, "one flag a key")
        query(queries, into: &workspace.queries)
        workspace.queries.scale(by: 1 / Float(width / heads).squareRoot())
        workspace.mixed.setRows(queries.rows)
        for head in 0..<heads { attend(head, memory, mask, &workspace) }
        out(workspace.mixed, into: &output)
    }

    /// One head: scores, mask, softmax, and the values so weighted, into the head's columns of `mixed`.
    private func attend(_ head: Int, _ memory: Memory, _ mask: AttentionMask, _ workspace: inout Workspace) {
        let size = width / heads
        let (count, keys) = (workspace.queries.rows, memory.count)
        let stride = workspace.scores.columns
        precondition(count <= workspace.scores.rows && keys <= stride)
        let room = memory.keys.columns
        let offset = head * size
        workspace.scores.withMutablePointer { scores in
            workspace.queries.withPointer { q in
                memory.keys.withPointer { k in
                    mien_product_f32(q + offset, width, k + offset * room, room, scores, stride, count, size, keys)
                }
            }
            if mask.isCausal || mask.keys != nil {
                for row in 0..<count {
                    let line = scores + row * stride
                    let seen = mask.isCausal ? min(row + 1, keys) : keys
                    if Self.hide(line, seen: seen, keys: keys, mask.keys) == 0 {
                        for s in 0..<keys { line[s] = 0 }
                    } else {
                        mien_softmax(line, stride, 1, keys)
                    }
                }
            } else {
                mien_softmax(scores, stride, count, keys)
            }
            memory.values.withPointer { v in
                workspace.mixed.withMutablePointer {
                    mien_product_f32(scores, stride, v + offset, width, $0 + offset, width, count, keys, size)
                }
            }
        }
    }

    /// Sets the scores of hidden keys to −∞; returns how many keys remain.
    private static func hide(_ line: UnsafeMutablePointer<Float>, seen: Int, keys: Int, _ visible: [Bool]?) -> Int {
        for s in seen..<keys { line[s] = -.infinity }
        guard let visible else { return seen }
        var remaining = 0
        for s in 0..<seen {
            if visible[s] { remaining += 1 } else { line[s] = -.infinity }
        }
        return remaining
    }
}
