import FaceKit
import Inference

extension Matrix {
    /// Adds a row of another matrix of the same width to a row of this one.
    mutating func addRow(_ source: Int, of other: Matrix, toRow row: Int) {
        precondition(other.columns == columns)
        withMutableRow(row) { target in
            other.withRow(source) { values in
                for i in target.indices { target[i] += values[i] }
            }
        }
    }

    /// Adds the first rows of another matrix, one to each row of this.
    mutating func addRows(of other: Matrix, startingAt first: Int = 0) {
        for row in 0..<rows { addRow(first + row, of: other, toRow: row) }
    }

    /// Neighbouring rows side by side: [T, C] becomes [T / size, size · C].
    func patches(of size: Int) -> Matrix { Matrix(columns: columns * size, values) }

    /// Some of the columns.
    func columns(_ range: Range<Int>) -> Matrix {
        var out = Matrix(rows: rows, columns: range.count)
        for row in 0..<rows {
            for column in range { out[row, column - range.lowerBound] = self[row, column] }
        }
        return out
    }

    /// The logarithm of the softmax of each column.
    func logSoftmaxOfColumns() -> Matrix {
        var turned = Matrix(rows: columns, columns: rows)
        for row in 0..<rows {
            for column in 0..<columns { turned[column, row] = self[row, column] }
        }
        turned.logSoftmax()
        var out = self
        for row in 0..<rows {
            for column in 0..<columns { out[row, column] = turned[column, row] }
        }
        return out
    }
}

extension Matrix {
    /// Some of the rows.
    func rows(_ range: Range<Int>) -> Matrix {
        var out = Matrix(rows: range.count, columns: columns)
        for row in range { out.copyRow(row, of: self, toRow: row - range.lowerBound) }
        return out
    }

    /// The last rows.
    func lastRows(_ count: Int) -> Matrix { rows(rows - count..<rows) }
}
