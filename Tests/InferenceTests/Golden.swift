import Foundation

@testable import Inference

/// Golden pairs that PyTorch, NumPy or SciPy made (`Training/mien_training/golden`).
func golden(_ name: String) throws -> WeightFile {
    try WeightFile(path: Bundle.module.bundlePath + "/Golden/\(name).safetensors")
}

extension WeightFile {
    func doubles(_ name: String) throws -> [Double] { try tensor(name).values.map(Double.init) }

    /// A tensor of two dimensions as a matrix; of one, as a row.
    func matrix(_ name: String) throws -> Matrix {
        let tensor = try tensor(name)
        return Matrix(columns: tensor.shape.last ?? 1, tensor.values)
    }
}

/// max|Δ| / max|y|, the project's measure of parity.
func relativeError(_ found: [Float], _ expected: [Float]) -> Float {
    guard found.count == expected.count else { return .infinity }
    var difference: Float = 0
    var largest: Float = 0
    for (a, b) in zip(found, expected) {
        guard a.isFinite else { return .infinity }
        difference = max(difference, abs(a - b))
        largest = max(largest, abs(b))
    }
    return largest > 0 ? difference / largest : difference
}

func relativeError(_ found: Matrix, _ expected: Matrix) -> Float {
    found.columns == expected.columns ? relativeError(found.values, expected.values) : .infinity
}
