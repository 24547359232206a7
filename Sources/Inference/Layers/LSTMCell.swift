import CKernels

/// A long short-term memory cell with PyTorch's gate order (input, forget, candidate, output) and its two biases summed.
///
/// Rows are independent samples that share the weights; stepping two together reads each weight once.
public struct LSTMCell: Sendable {
    public let inputs: Int
    public let hidden: Int
    private let fromInput: Linear
    private let fromHidden: Linear

    /// What a cell carries from step to step, one row a sample, and its scratch.
    public struct State: Sendable {
        /// The output h, [samples, hidden].
        public var hidden: Matrix
        /// The memory c, [samples, hidden].
        public var cell: Matrix
        fileprivate var gates: Matrix
    }

    /// The cell stored as `prefix.weight_ih`, `.weight_hh`, `.bias_ih`, `.bias_hh`, each with `suffix` (`nn.LSTM` of one
    /// layer names them with `_l0`, `nn.LSTMCell` with nothing).
    public init(
        _ source: some WeightSource, _ prefix: String, inputs: Int, hidden: Int, suffix: String = "_l0"
    ) throws {
        self.inputs = inputs
        self.hidden = hidden
        let first = try source.vector("\(prefix).bias_ih\(suffix)", count: 4 * hidden)
        let second = try source.vector("\(prefix).bias_hh\(suffix)", count: 4 * hidden)
        fromInput = Linear(
            weight: try source.tensor("\(prefix).weight_ih\(suffix)", shape: [4 * hidden, inputs]),
            bias: zip(first, second).map { $0 + $1 })
        fromHidden = Linear(
            weight: try source.tensor("\(prefix).weight_hh\(suffix)", shape: [4 * hidden, hidden]), bias: nil)
    }

    /// A state of zeros.
    public func makeState(samples: Int = 1) -> State {
        State(
            hidden: Matrix(rows: samples, columns: hidden), cell: Matrix(rows: samples, columns: hidden),
            gates: Matrix(rows: samples, columns: 4 * hidden))
    }

    /// Takes one step: `input` is [samples, inputs], the state changes in place.
    public func step(_ input: Matrix, _ state: inout State) {
        precondition(input.rows == state.hidden.rows && state.cell.rows == input.rows)
        fromInput(input, into: &state.gates)
        fromHidden.add(state.hidden, to: &state.gates)
        let rows = input.rows
        state.gates.withPointer { gates in
            state.cell.withMutablePointer { c in
                state.hidden.withMutablePointer { h in
                    for row in 0..<rows {
                        mien_lstm_gates(gates + row * 4 * hidden, c + row * hidden, h + row * hidden, hidden)
                    }
                }
            }
        }
    }
}
