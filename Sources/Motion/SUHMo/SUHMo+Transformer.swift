import Inference

extension SUHMo {
    /// SUHMo's generator, Transformer variant (spec §1.3): landmarks and their velocities in, the next velocity out.
    ///
    /// Embedding, then one post-norm block of attention to the sample's own past, attention to its partner's past and a
    /// feed-forward, then an output MLP. All that is remembered are the last 80 frames' keys and values. One sample alone
    /// attends to itself twice.
    struct Transformer: Generator {
        /// Frames that attention reaches back.
        static let reach = 80

        let hidden: Int
        private let embed, feedIn, feedOut, head, outLast: Linear
        private let own, other: IncrementalAttention
        private let normOwn, normOther, norm, normHead: LayerNorm
        private let scales: Scales

        /// Reads the layers by the names that `Training/mien_training/suhmo/export.py` writes.
        init(_ source: some WeightSource, hidden: Int, scales: Scales) throws {
            func square(_ name: String) throws -> Linear {
                try Linear(source, name, inputs: hidden, outputs: hidden)
            }
            self.hidden = hidden
            self.scales = scales
            embed = try Linear(source, "embed", inputs: 2 * coordinates, outputs: hidden)
            own = try IncrementalAttention(source, "own", width: hidden, reach: Self.reach)
            normOwn = try LayerNorm(source, "own.norm", width: hidden)
            other = try IncrementalAttention(source, "other", width: hidden, reach: Self.reach)
            normOther = try LayerNorm(source, "other.norm", width: hidden)
            (feedIn, feedOut) = try (square("feed_in"), square("feed_out"))
            norm = try LayerNorm(source, "norm", width: hidden)
            head = try square("head")
            normHead = try LayerNorm(source, "norm_head", width: hidden)
            outLast = try Linear(source, "out_last", inputs: hidden, outputs: coordinates)
        }

        /// What one frame leaves for the next, a row a sample, and the buffers of a step.
        struct State: GeneratorState {
            /// Landmarks and velocities in network units, [samples, 136].
            var x, v: Matrix
            /// After the attention to the own past, and after that to the partner's, [samples, H].
            fileprivate(set) var seen, met: Matrix
            fileprivate var own, other: IncrementalAttention.State
            fileprivate var input, swapped, first, second: Matrix
        }

        /// The state before the first step, which remembers no frame.
        func start(x: Matrix, v: Matrix) -> State {
            let row = Matrix(rows: x.rows, columns: hidden)
            return State(
                x: x, v: v, seen: row, met: row, own: own.makeState(sequences: x.rows),
                other: other.makeState(sequences: x.rows), input: Matrix(rows: x.rows, columns: 2 * coordinates),
                swapped: row, first: row, second: row)
        }

        /// Two runs need no room: each is stepped by itself.
        struct Room: Sendable {}

        func makeRoom(forTwoRunsOf samples: Int) -> Room { Room() }

        func step(_ first: inout State, _ second: inout State, together room: inout Room) {
            step(&first)
            step(&second)
        }

        /// One frame on. Allocates nothing.
        func step(_ state: inout State) {
            scales.standardise(x: state.x, v: state.v, into: &state.input)
            embed(state.input, into: &state.first)
            own.append(state.first, to: &state.own)
            own.attend(state.first, over: &state.own, into: &state.seen)
            state.seen.add(state.first)
            normOwn(&state.seen)
            let last = state.seen.rows - 1
            for row in 0...last { state.swapped.copyRow(last - row, of: state.seen, toRow: row) }
            other.append(state.swapped, to: &state.other)
            other.attend(state.seen, over: &state.other, into: &state.met)
            state.met.add(state.seen)
            normOther(&state.met)
            feedIn(state.met, into: &state.first)
            Activation.leakyReLU(slope: 0.2)(&state.first)
            feedOut(state.first, into: &state.second)
            state.second.add(state.met)
            norm(&state.second)
            head(state.second, into: &state.first)
            normHead(&state.first)
            Activation.leakyReLU(slope: 0.2)(&state.first)
            outLast(state.first, into: &state.v)
            scales.unscale(velocities: &state.v)
            state.x.add(state.v)
        }
    }
}
