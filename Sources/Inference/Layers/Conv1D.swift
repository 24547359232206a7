/// A convolution along time as `torch.nn.Conv1d` stores it (weights [outputs, inputs, width]).
///
/// Sequences are row-major [T, channels], so PyTorch's channels-first input is the transpose of ours.
public struct Conv1D: Sendable {
    /// What lies before the first row and after the last.
    public enum Padding: Sendable, Equatable {
        /// Nothing: T − width + 1 rows come out.
        case none
        /// Zeros on both sides: T rows come out.
        case zeros
        /// The first and last row, repeated on both sides: T rows come out.
        case replicate
        /// Zeros before the first row only: T rows come out, none of which sees its future. With a stride a row comes
        /// out of every so many, which sees them and what came before.
        case causal
        /// The first row, repeated before itself: T rows come out, none of which sees its future.
        case causalReplicate
    }

    public let inputs: Int
    public let outputs: Int
    public let width: Int
    public let padding: Padding
    public let stride: Int
    private let linear: Linear

    /// Scratch for sequences of up to `rows` rows.
    public struct Workspace: Sendable {
        fileprivate var windows: Matrix
    }

    /// The layer stored as `prefix.weight` and, unless told otherwise, `prefix.bias`. Padding on both sides needs an odd
    /// width.
    public init(
        _ source: some WeightSource, _ prefix: String, inputs: Int, outputs: Int, width: Int, padding: Padding,
        stride: Int = 1, bias: Bool = true
    ) throws {
        precondition(stride == 1 || (padding == .causal && (1...width).contains(stride)))
        precondition(width > 0 && (!width.isMultiple(of: 2) || (padding != .zeros && padding != .replicate)))
        self.inputs = inputs
        self.outputs = outputs
        self.width = width
        self.padding = padding
        self.stride = stride
        let weight = try source.tensor(prefix + ".weight", shape: [outputs, inputs, width])
        linear = Linear(
            weight: weight.reshaped([outputs, inputs * width]),
            bias: bias ? try source.vector(prefix + ".bias", count: outputs) : nil)
    }

    public func makeWorkspace(rows: Int) -> Workspace {
        Workspace(windows: Matrix(rows: rows, columns: inputs * width))
    }

    /// Writes the convolved sequence to `output`.
    public func callAsFunction(_ input: Matrix, into output: inout Matrix, _ workspace: inout Workspace) {
        precondition(input.columns == inputs)
        let before =
            switch padding {
            case .none: 0
            case .zeros, .replicate: width / 2
            case .causal, .causalReplicate: width - stride
            }
        let rows = padding == .none ? max(input.rows - width + 1, 0) : input.rows / stride
        let repeats = padding == .replicate || padding == .causalReplicate
        workspace.windows.setRows(rows)
        workspace.windows.withMutablePointer { windows in
            input.withPointer { x in
                for row in 0..<rows {
                    for tap in 0..<width {
                        let place = row * stride + tap - before
                        let isInside = place >= 0 && place < input.rows
                        let source = x + min(max(place, 0), input.rows - 1) * inputs
                        let target = windows + row * inputs * width + tap
                        for channel in 0..<inputs {
                            target[channel * width] = isInside || repeats ? source[channel] : 0
                        }
                    }
                }
            }
        }
        linear(workspace.windows, into: &output)
    }
}
