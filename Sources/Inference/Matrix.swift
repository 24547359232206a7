import CKernels

/// A row-major matrix of single-precision numbers whose memory is reserved once: rows are time, columns are features.
///
/// A vector is a matrix of one row. `rows` may change up to `capacity` without allocation, so that one buffer serves
/// every step. It is a value: a copy is independent, and only writing to a copy allocates.
public struct Matrix: Sendable, Equatable {
    /// Rows in use.
    public private(set) var rows: Int
    public let columns: Int
    /// The most rows that fit.
    public let capacity: Int
    var storage: [Float]

    /// A matrix of zeros with all its rows in use.
    public init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0, "a matrix has at least one number")
        self.rows = rows
        self.columns = columns
        capacity = rows
        storage = [Float](repeating: 0, count: rows * columns)
    }

    /// A matrix that holds the given numbers, row after row. Their count must be a multiple of `columns`.
    public init(columns: Int, _ values: [Float]) {
        precondition(columns > 0 && !values.isEmpty && values.count.isMultiple(of: columns), "the rows must be whole")
        rows = values.count / columns
        self.columns = columns
        capacity = rows
        storage = values
    }

    /// A vector: one row.
    public init(_ row: [Float]) { self.init(columns: row.count, row) }

    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            return storage[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            storage[row * columns + column] = newValue
        }
    }

    /// The numbers in use, row after row, in a new array.
    public var values: [Float] { Array(storage[0..<rows * columns]) }

    /// Changes the number of rows in use, at most `capacity`. Rows that come into use hold what they last held.
    public mutating func setRows(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "more rows than were reserved")
        rows = count
    }

    /// Sets every number in use.
    public mutating func fill(_ value: Float) {
        for i in 0..<rows * columns { storage[i] = value }
    }

    /// Becomes the same as another matrix of the same width.
    public mutating func copy(_ other: Matrix) {
        precondition(other.columns == columns)
        setRows(other.rows)
        for i in 0..<rows * columns { storage[i] = other.storage[i] }
    }

    /// Copies a row of another matrix to a place in a row of this one, which is how inputs are joined.
    public mutating func copyRow(_ source: Int, of other: Matrix, toRow row: Int, column: Int = 0) {
        precondition(source >= 0 && source < other.rows && row >= 0 && row < rows)
        precondition(column >= 0 && column + other.columns <= columns)
        let from = source * other.columns
        let to = row * columns + column
        for i in 0..<other.columns { storage[to + i] = other.storage[from + i] }
    }

    /// Moves all rows up by `count`: the oldest fall out, the last `count` rows keep what they held and await new ones.
    public mutating func shiftUp(by count: Int = 1) {
        precondition(count >= 0 && count <= rows)
        let offset = count * columns
        for i in 0..<(rows - count) * columns { storage[i] = storage[i + offset] }
    }

    /// Drops all rows but some, which move to the front.
    public mutating func keepRows(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        let offset = range.lowerBound * columns
        for i in 0..<range.count * columns { storage[i] = storage[i + offset] }
        setRows(range.count)
    }

    /// Adds another matrix of the same shape, times a factor: a residual, or with a learnt factor a gated one.
    public mutating func add(_ other: Matrix, scale: Float = 1) {
        precondition(other.rows == rows && other.columns == columns)
        let count = rows * columns
        withMutablePointer { y in other.withPointer { x in mien_add_scaled(scale, x, y, count) } }
    }

    /// The row's numbers, for reading.
    public func withRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rows)
        return try storage.withUnsafeBufferPointer { (all: UnsafeBufferPointer<Float>) throws(Failure) -> Result in
            try body(UnsafeBufferPointer(rebasing: all[row * columns..<(row + 1) * columns]))
        }
    }

    /// The row's numbers, for writing.
    public mutating func withMutableRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rows)
        let range = row * columns..<(row + 1) * columns
        return try storage.withUnsafeMutableBufferPointer {
            (all: inout UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result in
            try body(UnsafeMutableBufferPointer(rebasing: all[range]))
        }
    }

    @inline(__always)
    func withPointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        // The storage is never empty, so it has an address.
        storage.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    @inline(__always)
    mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        // The storage is never empty, so it has an address.
        storage.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
    }

    /// Whether the rows in use are equal; what lies beyond them does not count.
    public static func == (a: Matrix, b: Matrix) -> Bool {
        a.rows == b.rows && a.columns == b.columns
            && a.storage[0..<a.rows * a.columns] == b.storage[0..<b.rows * b.columns]
    }
}
