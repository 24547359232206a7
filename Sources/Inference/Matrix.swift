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
    private var storage: MatrixStorage

    /// A matrix of zeros with all its rows in use.
    public init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0, "a matrix has at least one number")
        self.rows = rows
        self.columns = columns
        capacity = rows
        storage = MatrixStorage(count: rows * columns)
    }

    /// A matrix that holds the given numbers, row after row. Their count must be a multiple of `columns`.
    public init(columns: Int, _ values: [Float]) {
        precondition(columns > 0 && !values.isEmpty && values.count.isMultiple(of: columns), "the rows must be whole")
        rows = values.count / columns
        self.columns = columns
        capacity = rows
        storage = MatrixStorage(count: values.count)
        for (i, value) in values.enumerated() { storage.base[i] = value }
    }

    /// A vector: one row.
    public init(_ row: [Float]) { self.init(columns: row.count, row) }

    public subscript(row: Int, column: Int) -> Float {
        get {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            return storage.base[row * columns + column]
        }
        set {
            precondition(row >= 0 && row < rows && column >= 0 && column < columns)
            makeUnique()
            storage.base[row * columns + column] = newValue
        }
    }

    /// The numbers in use, row after row, in a new array.
    public var values: [Float] { withPointer { Array(UnsafeBufferPointer(start: $0, count: rows * columns)) } }

    /// Changes the number of rows in use, at most `capacity`. Rows that come into use hold what they last held.
    public mutating func setRows(_ count: Int) {
        precondition(count >= 0 && count <= capacity, "more rows than were reserved")
        rows = count
    }

    /// Sets every number in use.
    public mutating func fill(_ value: Float) {
        let count = rows * columns
        withMutablePointer { $0.update(repeating: value, count: count) }
    }

    /// Becomes the same as another matrix of the same width.
    public mutating func copy(_ other: Matrix) {
        precondition(other.columns == columns)
        setRows(other.rows)
        let count = rows * columns
        withMutablePointer { target in other.withPointer { target.update(from: $0, count: count) } }
    }

    /// Copies a row of another matrix to a place in a row of this one, which is how inputs are joined.
    public mutating func copyRow(_ source: Int, of other: Matrix, toRow row: Int, column: Int = 0) {
        precondition(source >= 0 && source < other.rows && row >= 0 && row < rows)
        precondition(column >= 0 && column + other.columns <= columns)
        let from = source * other.columns
        let to = row * columns + column
        withMutablePointer { target in other.withPointer { (target + to).update(from: $0 + from, count: other.columns) }
        }
    }

    /// Moves all rows up by `count`: the oldest fall out, the last `count` rows keep what they held and await new ones.
    public mutating func shiftUp(by count: Int = 1) {
        precondition(count >= 0 && count <= rows)
        let offset = count * columns
        let moved = (rows - count) * columns
        withMutablePointer { $0.update(from: $0 + offset, count: moved) }
    }

    /// Drops all rows but some, which move to the front.
    public mutating func keepRows(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= rows)
        let offset = range.lowerBound * columns
        let moved = range.count * columns
        withMutablePointer { $0.update(from: $0 + offset, count: moved) }
        setRows(range.count)
    }

    /// Adds another matrix of the same shape, times a factor: a residual, or with a learnt factor a gated one.
    public mutating func add(_ other: Matrix, scale: Float = 1) {
        precondition(other.rows == rows && other.columns == columns)
        let count = rows * columns
        withMutablePointer { y in other.withPointer { x in mien_add_scaled(scale, x, y, count) } }
    }

    /// Multiplies every number in use.
    mutating func scale(by factor: Float) {
        let count = rows * columns
        withMutablePointer { for i in 0..<count { $0[i] *= factor } }
    }

    /// Sets neighbouring columns, the first of them `column`, to the rows of another matrix.
    mutating func setColumns(from column: Int, toRowsOf other: Matrix) {
        precondition(other.columns == rows && column >= 0 && column + other.rows <= columns)
        let (width, count, length) = (columns, other.rows, rows)
        withMutablePointer { target in
            other.withPointer { mien_transpose_f32($0, length, target + column, width, count, length) }
        }
    }

    /// The row's numbers, for reading.
    public func withRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rows)
        return try withExtendedLifetime(storage) { () throws(Failure) -> Result in
            try body(UnsafeBufferPointer(start: storage.base + row * columns, count: columns))
        }
    }

    /// The row's numbers, for writing.
    public mutating func withMutableRow<Result, Failure: Error>(
        _ row: Int, _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(row >= 0 && row < rows)
        makeUnique()
        return try withExtendedLifetime(storage) { () throws(Failure) -> Result in
            try body(UnsafeMutableBufferPointer(start: storage.base + row * columns, count: columns))
        }
    }

    @inline(__always)
    func withPointer<Result>(_ body: (UnsafePointer<Float>) -> Result) -> Result {
        withExtendedLifetime(storage) { body(UnsafePointer(storage.base)) }
    }

    @inline(__always)
    mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<Float>) -> Result) -> Result {
        makeUnique()
        return withExtendedLifetime(storage) { body(storage.base) }
    }

    @inline(__always)
    private mutating func makeUnique() {
        if !isKnownUniquelyReferenced(&storage) { storage = storage.copy() }
    }

    /// Whether the rows in use are equal; what lies beyond them does not count.
    public static func == (a: Matrix, b: Matrix) -> Bool {
        a.rows == b.rows && a.columns == b.columns
            && (0..<a.rows * a.columns).allSatisfy { a.storage.base[$0] == b.storage.base[$0] }
    }
}

/// A matrix's numbers, aligned to a cache line: vectors that cross lines cost the kernels up to a third of their speed.
private final class MatrixStorage: @unchecked Sendable {  // written only by a matrix that holds the one reference
    let base: UnsafeMutablePointer<Float>
    private let count: Int

    init(count: Int) {
        let bytes = count * MemoryLayout<Float>.stride
        base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: Float.self, capacity: count)
        base.initialize(repeating: 0, count: count)
        self.count = count
    }

    func copy() -> MatrixStorage {
        let other = MatrixStorage(count: count)
        other.base.update(from: base, count: count)
        return other
    }

    deinit { base.deallocate() }
}
