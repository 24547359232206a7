import Inference

extension SUHMo {
    /// SUHMo's generator, LSTM variant (paper §III, spec §1.2): landmarks and their velocities in, the next velocity out.
    ///
    /// 272 → 2·2H → (h, c) at the start; then each frame an LSTM cell on [u, p], u = [x, v] standardised, and an output
    /// MLP on [h, u]. Two samples run as a pair: p, the element-wise maximum of their h, goes to both at the next frame.
    /// With one sample p is h itself, which is what two identical samples give.
    struct Network: Generator {
        static let features = 2 * coordinates

        let hidden: Int
        private let initIn, initOut, outIn, outHidden, outLast: Linear
        private let normIn, normHidden: LayerNorm
        private let cell: LSTMCell
        private let scales: Scales
        /// Whether the output is the way since the first frame, as in the paper's Δ-based baseline, not a velocity.
        private let displacement: Bool

        /// Reads the layers by the names that `Training/mien_training/suhmo/export.py` writes.
        init(_ source: some WeightSource, hidden: Int, scales: Scales, displacement: Bool = false) throws {
            let features = Self.features
            self.hidden = hidden
            initIn = try Linear(source, "init_in", inputs: features, outputs: 2 * hidden)
            initOut = try Linear(source, "init_out", inputs: 2 * hidden, outputs: 2 * hidden)
            cell = try LSTMCell(source, "cell", inputs: features + hidden, hidden: hidden, suffix: "")
            outIn = try Linear(source, "out_in", inputs: hidden + features, outputs: hidden)
            normIn = try LayerNorm(source, "norm_in", width: hidden)
            outHidden = try Linear(source, "out_hidden", inputs: hidden, outputs: hidden)
            normHidden = try LayerNorm(source, "norm_hidden", width: hidden)
            outLast = try Linear(source, "out_last", inputs: hidden, outputs: coordinates)
            self.scales = scales
            self.displacement = displacement
        }

        /// What one frame leaves for the next, a row a sample, and the buffers of a step.
        struct State: GeneratorState {
            /// Landmarks and velocities in network units, [samples, 136].
            var x, v: Matrix
            /// The first frame's landmarks.
            fileprivate var begun: Matrix
            /// h and c of the cell.
            var cell: LSTMCell.State
            /// The standardised input u and the pooled p, [samples, 272 + H].
            fileprivate var input: Matrix
            /// [h, u], [samples, H + 272].
            fileprivate var output: Matrix
            fileprivate var first, second: Matrix
            /// Samples that share a p: those of one run.
            fileprivate let group: Int

            /// Takes samples of another state over.
            fileprivate mutating func copy(_ other: State, rows: Range<Int>, toRow first: Int) {
                for row in rows {
                    let place = first + row - rows.lowerBound
                    x.copyRow(row, of: other.x, toRow: place)
                    v.copyRow(row, of: other.v, toRow: place)
                    begun.copyRow(row, of: other.begun, toRow: place)
                    cell.hidden.copyRow(row, of: other.cell.hidden, toRow: place)
                    cell.cell.copyRow(row, of: other.cell.cell, toRow: place)
                    input.copyRow(row, of: other.input, toRow: place)
                }
            }

            /// p, the pooled h that goes to the next step, [samples, H].
            var pooled: Matrix {
                var result = Matrix(rows: input.rows, columns: cell.hidden.columns)
                for row in 0..<result.rows {
                    for i in 0..<result.columns { result[row, i] = input[row, Network.features + i] }
                }
                return result
            }
        }

        /// The state before the first step, from the first frame's landmarks and velocities, a row a sample.
        func start(x: Matrix, v: Matrix) -> State {
            let samples = x.rows
            var state = makeState(x: x, v: v, group: samples)
            standardise(&state)
            var features = Matrix(rows: samples, columns: Self.features)
            var wide = Matrix(rows: samples, columns: 2 * hidden)
            var both = Matrix(rows: samples, columns: 2 * hidden)
            for row in 0..<samples {
                for i in 0..<Self.features { features[row, i] = state.input[row, i] }
            }
            initIn(features, into: &wide)
            Activation.relu(&wide)
            initOut(wide, into: &both)
            for row in 0..<samples {
                for i in 0..<hidden {
                    state.cell.hidden[row, i] = both[row, i]
                    state.cell.cell[row, i] = both[row, hidden + i]
                }
            }
            pool(&state)
            return state
        }

        private func makeState(x: Matrix, v: Matrix, group: Int) -> State {
            let samples = x.rows
            return State(
                x: x, v: v, begun: x, cell: cell.makeState(samples: samples),
                input: Matrix(rows: samples, columns: Self.features + hidden),
                output: Matrix(rows: samples, columns: hidden + Self.features),
                first: Matrix(rows: samples, columns: hidden), second: Matrix(rows: samples, columns: hidden),
                group: group)
        }

        /// Room for the samples of two runs, which `step(_:_:together:)` steps at once.
        func makeRoom(forTwoRunsOf samples: Int) -> State {
            let empty = Matrix(rows: 2 * samples, columns: coordinates)
            return makeState(x: empty, v: empty, group: samples)
        }

        /// One frame on of two runs, with each weight read once: the same numbers as one after the other.
        func step(_ first: inout State, _ second: inout State, together both: inout State) {
            let rows = first.x.rows
            both.copy(first, rows: 0..<rows, toRow: 0)
            both.copy(second, rows: 0..<rows, toRow: rows)
            step(&both)
            first.copy(both, rows: 0..<rows, toRow: 0)
            second.copy(both, rows: rows..<2 * rows, toRow: 0)
        }

        /// One frame on: u, LSTM, velocity, x ← x + v, pool. Allocates nothing.
        func step(_ state: inout State) {
            standardise(&state)
            cell.step(state.input, &state.cell)
            for row in 0..<state.x.rows {
                state.output.copyRow(row, of: state.cell.hidden, toRow: row)
                state.input.withRow(row) { input in
                    state.output.withMutableRow(row) { output in
                        for i in 0..<Self.features { output[hidden + i] = input[i] }
                    }
                }
            }
            outIn(state.output, into: &state.first)
            normIn(&state.first)
            Activation.leakyReLU(slope: 0.01)(&state.first)
            outHidden(state.first, into: &state.second)
            normHidden(&state.second)
            Activation.leakyReLU(slope: 0.01)(&state.second)
            outLast(state.second, into: &state.v)
            scales.unscale(velocities: &state.v)
            if displacement { makeVelocity(&state) }
            state.x.add(state.v)
            pool(&state)
        }

        /// Turns the way since the first frame, in v, into a velocity.
        private func makeVelocity(_ state: inout State) {
            for row in 0..<state.x.rows {
                for i in 0..<coordinates { state.v[row, i] += state.begun[row, i] - state.x[row, i] }
            }
        }

        /// Writes u to the front of the input: [x, v], or [x_0, x − x_0], standardised.
        private func standardise(_ state: inout State) {
            if displacement { return standardiseDisplacement(&state) }
            scales.standardise(x: state.x, v: state.v, into: &state.input)
        }

        private func standardiseDisplacement(_ state: inout State) {
            for row in 0..<state.x.rows {
                for i in 0..<coordinates {
                    let begun = state.begun[row, i]
                    state.input[row, i] = (begun - scales.mean[i]) / scales.position[i]
                    state.input[row, coordinates + i] = (state.x[row, i] - begun) / scales.velocity[i]
                }
            }
        }

        /// Batch-pool: writes p to the end of the next input of both samples of a run.
        private func pool(_ state: inout State) {
            let samples = state.x.rows
            for row in 0..<samples {
                let partner = row - row % state.group + (state.group - 1 - row % state.group)
                state.cell.hidden.withRow(row) { own in
                    state.cell.hidden.withRow(partner) { other in
                        state.input.withMutableRow(row) { input in
                            for i in 0..<hidden { input[Self.features + i] = max(own[i], other[i]) }
                        }
                    }
                }
            }
        }
    }
}
