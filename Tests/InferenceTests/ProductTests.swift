import CKernels
import FaceKit
import Testing

@testable import Inference

/// Products beside sums in double precision, at the edges of tiles, panels and parts.
@Suite struct ProductTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        var rows: Int
        var inputs: Int
        var outputs: Int
        var testDescription: String { "\(rows) × \(inputs) × \(outputs)" }
    }

    /// Around the sizes of tiles (1 to 6 rows), vectors (4, 8, 16 outputs), panels (64) and parts (64 inputs, up to 4
    /// at once).
    static let shapes = [
        Shape(rows: 1, inputs: 1, outputs: 1), Shape(rows: 1, inputs: 300, outputs: 130),
        Shape(rows: 2, inputs: 3, outputs: 7), Shape(rows: 2, inputs: 200, outputs: 64),
        Shape(rows: 3, inputs: 17, outputs: 15), Shape(rows: 4, inputs: 64, outputs: 33),
        Shape(rows: 5, inputs: 127, outputs: 63), Shape(rows: 6, inputs: 129, outputs: 65),
        Shape(rows: 7, inputs: 1, outputs: 64), Shape(rows: 8, inputs: 127, outputs: 58),
        Shape(rows: 9, inputs: 128, outputs: 1), Shape(rows: 13, inputs: 129, outputs: 127),
        Shape(rows: 12, inputs: 257, outputs: 200), Shape(rows: 48, inputs: 40, outputs: 80),
    ]

    static func numbers(_ count: Int, _ frame: UInt32) -> [Float] {
        let random = CounterRandom(seed: 7, system: .test)
        return (0..<count).map { random.uniform(frame: frame, draw: UInt32($0)) - 0.5 }
    }

    /// Σ_k x[r, k]·w[o, k] of rows that lie `stride` apart.
    static func expected(_ x: [Float], stride: Int, _ w: [Float], _ shape: Shape, row: Int, output: Int) -> Double {
        (0..<shape.inputs).reduce(0) { sum, k in
            sum + Double(x[row * stride + k]) * Double(w[output * shape.inputs + k])
        }
    }

    @Test(arguments: KernelTests.sets, shapes) func linearLayersOfEveryShapeAreSums(set: KernelSet, shape: Shape) throws
    {
        let x = Matrix(columns: shape.inputs, Self.numbers(shape.rows * shape.inputs, 0))
        let start = Matrix(columns: shape.outputs, Self.numbers(shape.rows * shape.outputs, 1))
        for type in [WeightTensor.ElementType.float32, .float16] {
            let weight = RandomWeights(seed: 3, elementType: type).tensor("w", shape: [shape.outputs, shape.inputs])
            let bias = Self.numbers(shape.outputs, 2)
            var (plain, biased, added) = (start, start, start)
            try set.run {
                Linear(weight: weight, bias: nil)(x, into: &plain)
                Linear(weight: weight, bias: bias)(x, into: &biased)
                Linear(weight: weight, bias: bias).add(x, to: &added)
            }
            let w = weight.values
            var worst = 0.0
            for row in 0..<shape.rows {
                for o in 0..<shape.outputs {
                    let sum = Self.expected(x.values, stride: shape.inputs, w, shape, row: row, output: o)
                    let (shift, before) = (Double(bias[o]), Double(start[row, o]))
                    worst = max(
                        worst, abs(Double(plain[row, o]) - sum), abs(Double(biased[row, o]) - (sum + shift)),
                        abs(Double(added[row, o]) - (sum + shift + before)))
                }
            }
            #expect(worst <= 2e-6, "\(type)")
        }
    }

    @Test(arguments: KernelTests.sets, [1, 2, 5, 9]) func linearLayersReadAndWriteStridedRows(set: KernelSet, rows: Int)
        throws
    {
        let shape = Shape(rows: rows, inputs: 131, outputs: 64)
        let (xs, ys) = (140, 67)
        let (x, w) = (Self.numbers(rows * xs, 0), Self.numbers(shape.outputs * shape.inputs, 1))
        var panel = [Float](repeating: 0, count: w.count)
        var y = [Float](repeating: 7, count: rows * ys)
        try set.run {
            mien_transpose_f32(w, shape.inputs, &panel, 64, shape.outputs, shape.inputs)
            mien_linear_f32(x, xs, panel, nil, &y, ys, rows, shape.inputs, shape.outputs, false)
        }
        var worst = 0.0
        for row in 0..<rows {
            for o in 0..<shape.outputs {
                let sum = Self.expected(x, stride: xs, w, shape, row: row, output: o)
                worst = max(worst, abs(Double(y[row * ys + o]) - sum))
            }
            #expect(y[row * ys + shape.outputs..<(row + 1) * ys].allSatisfy { $0 == 7 })
        }
        #expect(worst <= 1e-5)
    }

    @Test(arguments: KernelTests.sets) func noRowsLeaveEverythingAsItWas(set: KernelSet) throws {
        let weight = RandomWeights(seed: 3).tensor("w", shape: [5, 3])
        var x = Matrix(rows: 1, columns: 3)
        x.setRows(0)
        var y = Matrix(columns: 5, [1, 2, 3, 4, 5])
        try set.run { Linear(weight: weight, bias: nil)(x, into: &y) }
        #expect(y.rows == 0)
        y.setRows(1)
        #expect(y.values == [1, 2, 3, 4, 5])
    }

    @Test(arguments: KernelTests.sets, shapes) func productsOfStridedMatricesAreSums(set: KernelSet, shape: Shape)
        throws
    {
        let (xs, ws, ys) = (shape.inputs + 3, shape.outputs + 5, shape.outputs + 2)
        let x = Self.numbers(shape.rows * xs, 0)
        let w = Self.numbers(shape.inputs * ws, 1)
        let untouched: Float = 7
        var y = [Float](repeating: untouched, count: shape.rows * ys)
        try set.run { mien_product_f32(x, xs, w, ws, &y, ys, shape.rows, shape.inputs, shape.outputs) }
        let turned = (0..<shape.outputs * shape.inputs).map { w[$0 % shape.inputs * ws + $0 / shape.inputs] }
        var worst = 0.0
        for row in 0..<shape.rows {
            for o in 0..<shape.outputs {
                let sum = Self.expected(x, stride: xs, turned, shape, row: row, output: o)
                worst = max(worst, abs(Double(y[row * ys + o]) - sum))
            }
            #expect(y[row * ys + shape.outputs..<(row + 1) * ys].allSatisfy { $0 == untouched })
        }
        #expect(worst <= 1e-5)
    }

    @Test(arguments: KernelTests.sets) func aRowDoesNotDependOnItsNeighbours(set: KernelSet) throws {
        let x = Matrix(columns: 267, Self.numbers(14 * 267, 0))
        for type in [WeightTensor.ElementType.float32, .float16] {
            let weight = RandomWeights(seed: 1, elementType: type).tensor("w", shape: [85, 267])
            let layer = Linear(weight: weight, bias: Self.numbers(85, 1))
            try set.run {
                var alone = Matrix(rows: 14, columns: 85)
                alone.setRows(0)
                for row in 0..<14 { layer.append(Matrix(x.withRow(row, Array.init)), to: &alone) }
                for rows in 1...14 {
                    var together = Matrix(rows: rows, columns: 85)
                    layer(Matrix(columns: 267, Array(x.values.prefix(rows * 267))), into: &together)
                    #expect(together.values == Array(alone.values.prefix(rows * 85)), "\(rows) rows of \(type)")
                }
            }
        }
    }

    @Test(arguments: KernelTests.sets) func aResultDoesNotDependOnAlignment(set: KernelSet) throws {
        let (inputs, outputs) = (61, 40)
        let (numbers, weights) = (Self.numbers(inputs, 0), Self.numbers(inputs * 64, 1))
        try set.run {
            var results: Set<[UInt32]> = []
            for shift in 0..<16 {
                // The kernels read through pointers that start anywhere in a cache line.
                let x = Array(repeating: Float(0), count: shift) + numbers
                let w = Array(repeating: Float(0), count: shift) + weights
                var y = [Float](repeating: 0, count: outputs + shift)
                x.withUnsafeBufferPointer { x in
                    w.withUnsafeBufferPointer { w in
                        y.withUnsafeMutableBufferPointer { y in
                            guard let x = x.baseAddress, let w = w.baseAddress, let y = y.baseAddress else { return }
                            mien_linear_f32(
                                x + shift, inputs, w + shift, nil, y + shift, outputs, 1, inputs, outputs, false)
                        }
                    }
                }
                results.insert(y[shift...].map(\.bitPattern))
            }
            #expect(results.count == 1)
        }
    }

    @Test(arguments: KernelTests.sets) func whatIsTurnedTwiceIsAsBefore(set: KernelSet) throws {
        try set.run {
            for (rows, columns) in [(1, 1), (1, 9), (5, 4), (8, 8), (17, 23)] {
                let numbers = Self.numbers(rows * columns, 0)
                var turned = [Float](repeating: 0, count: columns * (rows + 1))
                mien_transpose_f32(numbers, columns, &turned, rows + 1, rows, columns)
                #expect(turned[(columns - 1) * (rows + 1)] == numbers[columns - 1])
                #expect(turned[rows - 1] == numbers[(rows - 1) * columns])
                var back = [Float](repeating: 0, count: rows * columns)
                mien_transpose_f32(turned, rows + 1, &back, columns, columns, rows)
                #expect(back == numbers)
            }
        }
    }
}
