import CKernels

/// Multi-head attention of sequences that grow by a row at a time, each over its own last rows: what decodes a causal
/// Transformer on cached keys and values, several samples at once with each weight read once.
///
/// It knows no positions, so the oldest row's place is simply written over once `reach` rows are remembered.
public struct IncrementalAttention: Sendable {
    public let width: Int
    public let heads: Int
    /// Rows of a sequence that are remembered.
    public let reach: Int
    private let query, key, value, out: Linear

    /// The keys and values of a number of sequences, and scratch.
    public struct State: Sendable {
        /// Rows that each sequence was given so far.
        public fileprivate(set) var count = 0
        /// Sequence s holds rows s · width ..< (s + 1) · width, a column a key.
        fileprivate var keys: Matrix
        /// Sequence s holds rows s · reach ..< (s + 1) · reach, one a value.
        fileprivate var values: Matrix
        /// The newest rows, [sequences, width].
        fileprivate var newest, queries, mixed: Matrix
        fileprivate var scores: Matrix
    }

    /// The attention stored as four linear layers, `prefix.query`, `.key`, `.value` and `.out`.
    public init(_ source: some WeightSource, _ prefix: String, width: Int, heads: Int = 1, reach: Int) throws {
        precondition(reach > 0 && heads > 0 && width.isMultiple(of: heads), "heads must divide the width")
        self.width = width
        self.heads = heads
        self.reach = reach
        func part(_ name: String) throws -> Linear {
            try Linear(source, "\(prefix).\(name)", inputs: width, outputs: width)
        }
        query = try part("query")
        key = try part("key")
        value = try part("value")
        out = try part("out")
    }

    /// A state that remembers nothing.
    public func makeState(sequences: Int) -> State {
        let row = Matrix(rows: sequences, columns: width)
        return State(
            keys: Matrix(rows: sequences * width, columns: reach),
            values: Matrix(rows: sequences * reach, columns: width), newest: row, queries: row, mixed: row,
            scores: Matrix(rows: 1, columns: reach))
    }

    /// Remembers a row of each sequence, `rows` [sequences, width], in place of its oldest where it is full.
    public func append(_ rows: Matrix, to state: inout State) {
        let slot = state.count % reach
        key(rows, into: &state.newest)
        for row in 0..<rows.rows {
            for i in 0..<width { state.keys[row * width + i, slot] = state.newest[row, i] }
        }
        value(rows, into: &state.newest)
        for row in 0..<rows.rows { state.values.copyRow(row, of: state.newest, toRow: row * reach + slot) }
        state.count += 1
    }

    /// Attention of a row of each sequence over what is remembered of it, into `output` [sequences, width].
    public func attend(_ rows: Matrix, over state: inout State, into output: inout Matrix) {
        let (keys, size) = (min(state.count, reach), width / heads)
        precondition(keys > 0 && rows.rows * reach == state.values.rows, "append a row of each sequence first")
        query(rows, into: &state.queries)
        state.queries.scale(by: 1 / Float(size).squareRoot())
        for row in 0..<rows.rows {
            for head in 0..<heads {
                let column = row * width + head * size
                state.scores.withMutablePointer { scores in
                    state.queries.withPointer { q in
                        state.keys.withPointer { k in
                            mien_product_f32(q + column, width, k + column * reach, reach, scores, reach, 1, size, keys)
                        }
                    }
                    mien_softmax(scores, reach, 1, keys)
                    state.values.withPointer { v in
                        state.mixed.withMutablePointer {
                            let past = v + row * reach * width + head * size
                            mien_product_f32(scores, reach, past, width, $0 + column, width, 1, keys, size)
                        }
                    }
                }
            }
        }
        out(state.mixed, into: &output)
    }
}
