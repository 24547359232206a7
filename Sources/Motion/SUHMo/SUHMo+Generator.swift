import Inference

extension SUHMo {
    /// A network that makes the next frame of one or two samples from what it knows of the frames before: the LSTM
    /// (`Network`) or the Transformer.
    protocol Generator: Sendable {
        associatedtype State: GeneratorState
        /// Where two runs are stepped together.
        associatedtype Room: Sendable

        /// Size of the hidden layers.
        var hidden: Int { get }

        /// The state before the first step, from the first frame's landmarks and velocities, a row a sample.
        func start(x: Matrix, v: Matrix) -> State

        /// One frame on. Allocates nothing.
        func step(_ state: inout State)

        /// Room for the samples of two runs, which `step(_:_:together:)` steps at once.
        func makeRoom(forTwoRunsOf samples: Int) -> Room

        /// One frame on of two runs: the same numbers as one after the other.
        func step(_ first: inout State, _ second: inout State, together room: inout Room)
    }

    /// What a generator remembers between frames.
    protocol GeneratorState: Sendable {
        /// Landmarks in network units, [samples, 136].
        var x: Matrix { get }
    }
}
