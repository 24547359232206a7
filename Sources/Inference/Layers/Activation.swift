import CKernels

/// A function of each number, applied in place.
public enum Activation: Sendable, Equatable {
    case relu
    case leakyReLU(slope: Float)
    case elu
    /// With the exact error function, PyTorch's default.
    case gelu
    case silu
    case tanh
    case sigmoid

    /// Applies the function to every number in use.
    public func callAsFunction(_ matrix: inout Matrix) {
        let count = matrix.rows * matrix.columns
        matrix.withMutablePointer { x in
            switch self {
            case .relu: mien_leaky_relu(x, count, 0)
            case .leakyReLU(let slope): mien_leaky_relu(x, count, slope)
            case .elu: mien_elu(x, count)
            case .gelu: mien_gelu(x, count)
            case .silu: mien_silu(x, count)
            case .tanh: mien_tanh(x, count)
            case .sigmoid: mien_sigmoid(x, count)
            }
        }
    }
}

extension Matrix {
    /// Softmax of each row, in place.
    public mutating func softmax() {
        let (rows, columns) = (rows, columns)
        withMutablePointer { mien_softmax($0, columns, rows, columns) }
    }

    /// Logarithm of the softmax of each row, in place.
    public mutating func logSoftmax() {
        let (rows, columns) = (rows, columns)
        withMutablePointer { mien_log_softmax($0, columns, rows, columns) }
    }
}
