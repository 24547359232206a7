/// Where a model's layers take their weights from: a file, or a generator of random weights for tests and benchmarks.
public protocol WeightSource: Sendable {
    /// A tensor by name, which must have exactly this shape.
    func tensor(_ name: String, shape: [Int]) throws -> WeightTensor
}

extension WeightSource {
    /// A short tensor (bias, scale, table of constants) in single precision.
    public func vector(_ name: String, count: Int) throws -> [Float] {
        try tensor(name, shape: [count]).values
    }
}
