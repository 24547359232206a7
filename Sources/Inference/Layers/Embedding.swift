/// A table of learnt rows, `torch.nn.Embedding`; with a codebook in it, the lookup of vector quantisation.
public struct Embedding: Sendable {
    public let table: Matrix

    /// The table stored as `prefix.weight`, [count, width].
    public init(_ source: some WeightSource, _ prefix: String, count: Int, width: Int) throws {
        table = Matrix(columns: width, try source.tensor(prefix + ".weight", shape: [count, width]).values)
    }

    /// Writes the rows of the given indices to `output`, one below the other. Indices must be below the table's count.
    public func callAsFunction(_ indices: [Int], into output: inout Matrix) {
        output.setRows(indices.count)
        for (row, index) in indices.enumerated() { output.copyRow(index, of: table, toRow: row) }
    }
}
