import CKernels
import FaceKit

/// Finite scalar quantisation: each number of a short vector is squashed and rounded to one of a few levels, and the
/// levels together are the code (Mentzer et al., 2023).
public struct FiniteScalarQuantiser: Sendable {
    /// Levels of each number, two at least.
    public let levels: [Int]
    /// How many codes there are: the product of the levels, `Int.max` where it is larger than that.
    public let count: Int
    /// Bits of a code: the logarithm of the product of the levels.
    public let bits: Double
    private let half: [Float]
    private let offset: [Float]
    private let shift: [Float]

    public init(levels: [Int] = [8, 6, 5]) {
        precondition(!levels.isEmpty && levels.allSatisfy { $0 >= 2 })
        self.levels = levels
        count = levels.reduce(1) { product, level in
            let (next, isOver) = product.multipliedReportingOverflow(by: level)
            return isOver ? Int.max : next
        }
        bits = levels.reduce(0) { $0 + PortableMath.log(Double($1)) } / PortableMath.log(2)
        half = levels.map { Float($0 - 1) * 1.001 / 2 }
        offset = levels.map { $0.isMultiple(of: 2) ? 0.5 : 0 }
        shift = zip(offset, half).map { offset, half in
            let ratio = Double(offset) / Double(half)
            return Float(0.5 * PortableMath.log((1 + ratio) / (1 - ratio)))
        }
    }

    /// The code of a vector z of `levels.count` numbers.
    public func encode(_ z: UnsafeBufferPointer<Float>) -> Int {
        precondition(z.count == levels.count)
        var code = 0
        var place = 1
        for i in levels.indices {
            code += (level(z[i], i) + levels[i] / 2) * place
            place *= levels[i]
        }
        return code
    }

    /// Writes the values of a code, each within −1…1, to `values`.
    public func decode(_ code: Int, into values: UnsafeMutableBufferPointer<Float>) {
        precondition(values.count == levels.count && code >= 0 && code < count)
        var rest = code
        for i in levels.indices {
            values[i] = value(of: rest % levels[i] - levels[i] / 2, i)
            rest /= levels[i]
        }
    }

    /// Replaces every row of a matrix by the values of its code.
    public func quantise(_ z: inout Matrix) {
        precondition(z.columns == levels.count)
        for row in 0..<z.rows {
            z.withMutableRow(row) { row in
                for i in levels.indices { row[i] = value(of: level(row[i], i), i) }
            }
        }
    }

    /// Replaces the values of codes, rows of −1…1, by about the numbers that were squashed and rounded to them.
    public func unbound(_ values: inout Matrix) {
        precondition(values.columns == levels.count)
        for row in 0..<values.rows {
            values.withMutableRow(row) { row in
                for i in levels.indices {
                    let squashed = 0.98 * Double((row[i] * Float(levels[i] / 2) + offset[i]) / half[i])
                    row[i] = Float(0.5 * PortableMath.log((1 + squashed) / (1 - squashed)) / 0.98) - shift[i]
                }
            }
        }
    }

    /// The level of one number, from −⌊L/2⌋; a number that is not finite counts as zero.
    private func level(_ z: Float, _ i: Int) -> Int {
        guard z.isFinite else { return 0 }
        var squashed = z + shift[i]
        mien_tanh(&squashed, 1)
        return Int((squashed * half[i] - offset[i]).rounded(.toNearestOrEven))
    }

    private func value(of level: Int, _ i: Int) -> Float { Float(level) / Float(levels[i] / 2) }
}
