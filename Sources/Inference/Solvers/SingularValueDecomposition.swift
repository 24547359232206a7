import COpenBLAS

/// A thin singular value decomposition A = U·diag(σ)·Vᵀ of small matrices of one size (LAPACK's `dgesdd`).
///
/// Buffers are reserved once; decomposing again reuses them. Matrices are row-major. With k = min(rows, columns):
/// U is [rows, k], σ has k values in falling order, Vᵀ is [k, columns].
public struct SingularValueDecomposition: Sendable {
    /// What can go wrong.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case notFinite(row: Int, column: Int)
        case notConverged

        public var description: String {
            switch self {
            case .notFinite(let row, let column): "the matrix is not finite in row \(row), column \(column)"
            case .notConverged: "the singular value decomposition did not converge"
            }
        }
    }

    public let rows: Int
    public let columns: Int
    public private(set) var u: [Double]
    public private(set) var singularValues: [Double]
    public private(set) var vTransposed: [Double]
    private var matrix: [Double]
    private var work: [Double]
    private var integerWork: [Int32]

    public init(rows: Int, columns: Int) {
        precondition(rows > 0 && columns > 0)
        OpenBLAS.useOneThread()
        let k = min(rows, columns)
        self.rows = rows
        self.columns = columns
        u = [Double](repeating: 0, count: rows * k)
        singularValues = [Double](repeating: 0, count: k)
        vTransposed = [Double](repeating: 0, count: k * columns)
        matrix = [Double](repeating: 0, count: rows * columns)
        integerWork = [Int32](repeating: 0, count: 8 * k)
        // A little more than LAPACK's minimum for JOBZ = 'S', which leaves its blocked routines room.
        work = [Double](repeating: 0, count: 4 * k * k + 7 * k + 64 * (max(rows, columns) + k))
    }

    /// Decomposes a row-major matrix of `rows`·`columns` numbers; the results stand in `u`, `singularValues` and
    /// `vTransposed`.
    public mutating func decompose(_ a: [Double]) throws(Error) {
        precondition(a.count == rows * columns)
        for i in a.indices {
            guard a[i].isFinite else { throw .notFinite(row: i / columns, column: i % columns) }
            matrix[i] = a[i]
        }
        // LAPACK counts by columns and so sees Aᵀ = V·diag(σ)·Uᵀ: its U, read by rows, is our Vᵀ, and its Vᵀ our U.
        var m = Int32(columns)
        var n = Int32(rows)
        var leading = m
        var k = Int32(singularValues.count)
        var workCount = Int32(work.count)
        var info: Int32 = 0
        var job = CChar(bitPattern: UInt8(ascii: "S"))  // a string literal would be copied to the heap
        dgesdd_(
            &job, &m, &n, &matrix, &leading, &singularValues, &vTransposed, &leading, &u, &k, &work, &workCount,
            &integerWork, &info)
        guard info == 0 else { throw .notConverged }
    }
}

/// OpenBLAS on one thread, which makes its results repeatable on a machine.
private enum OpenBLAS {
    private static let once: Void = openblas_set_num_threads(1)

    static func useOneThread() { once }
}
