import FaceKit

extension SUHMo {
    /// The landmarks of one run of the network alone, begun at a face: no successor, no fit, no composure.
    ///
    /// It is what the paper measures. The run is drawn as idling draws its runs (spec §1.6).
    ///
    /// - Parameters:
    ///   - start: the face to begin at, image units; it stands still but for the draw's small velocity.
    ///   - number: which run of the seed this is; equal numbers give equal draws.
    ///   - frames: how many frames to make, 1 or more; `start` is not among them.
    public func landmarks(
        from start: LandmarkFrame2D, number: UInt32, seed: UInt64, frames: Int
    ) -> [LandmarkFrame2D] {
        func landmarks(_ network: some Generator) -> [LandmarkFrame2D] {
            var run = Run(
                network, idling, random: CounterRandom(seed: seed, system: .suhmo, stream: number), reference: start,
                x: start, v: LandmarkFrame2D(), samples: samples)
            return (0..<frames).map { _ in run.next(network) }
        }
        return landmarks(network)
    }
}
