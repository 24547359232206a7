import FaceKit
import Inference

extension SUHMo {
    /// One run of the network: a pair of samples, or one in the cheap mode, from its start on.
    ///
    /// All that is random in it are ten draws (spec §1.6): length, the samples' sizes, the second one's shift and flip,
    /// and both initial velocities. From there it is deterministic.
    struct Run<Network: Generator>: Sendable {
        /// How many draws of its generator a run takes, from 0 on.
        static var draws: UInt32 { 10 }

        /// Frames until the successor starts.
        let length: Int
        private(set) var frames = 0
        private let placement: Placement
        private var state: Network.State

        /// A run that starts at landmarks `x` with velocities `v` (image units, a frame), around a reference.
        init(
            _ network: Network, _ idling: Idling, random: CounterRandom, reference: LandmarkFrame2D,
            x: LandmarkFrame2D, v: LandmarkFrame2D, samples: Int
        ) {
            let draw = { (index: UInt32) in random.uniform(frame: 0, draw: index) }
            let signed = { (index: UInt32) in 2 * draw(index) - 1 }
            let (least, most) = (idling.faceHeight.lowerBound, idling.faceHeight.upperBound)
            let (centre, height) = SUHMo.extent(reference)
            let span = Float(idling.runFrames.upperBound - idling.runFrames.lowerBound + 1)
            length = idling.runFrames.lowerBound + Int(draw(0) * span)
            placement = Placement(centre: centre, scale: (least + draw(1) * (most - least)) / height)
            let partner = Placement(
                centre: centre, scale: (least + draw(2) * (most - least)) / height,
                shift: idling.shift * SIMD2(signed(3), signed(4)), flip: draw(5) < 0.5)
            let noise = [
                idling.velocity * SIMD2(signed(6), signed(7)), idling.velocity * SIMD2(signed(8), signed(9)),
            ]
            var xs = Matrix(rows: samples, columns: coordinates)
            var vs = Matrix(rows: samples, columns: coordinates)
            for row in 0..<samples {
                let place = row == 0 ? placement : partner
                let (points, speeds) = (place.network(x), place.networkVelocity(v))
                for i in 0..<LandmarkFrame.count {
                    for axis in 0..<2 {
                        xs[row, 2 * i + axis] = points[i][axis]
                        vs[row, 2 * i + axis] = speeds[i][axis] + noise[row][axis]
                    }
                }
            }
            state = network.start(x: xs, v: vs)
        }

        /// The first sample's next landmarks in image units.
        mutating func next(_ network: Network) -> LandmarkFrame2D {
            network.step(&state)
            frames += 1
            return landmarks
        }

        /// The next landmarks of this run and of another, stepped together.
        mutating func next(
            with other: inout Self, _ network: Network, _ room: inout Network.Room
        ) -> (own: LandmarkFrame2D, others: LandmarkFrame2D) {
            network.step(&state, &other.state, together: &room)
            frames += 1
            other.frames += 1
            return (landmarks, other.landmarks)
        }

        private var landmarks: LandmarkFrame2D {
            var made = LandmarkFrame2D()
            state.x.withRow(0) { x in
                for i in 0..<LandmarkFrame.count {
                    made[i] = placement.image(SIMD2(x[2 * i], x[2 * i + 1]))
                }
            }
            return made
        }
    }

    /// The middle of a face's box and its height.
    static func extent(_ face: LandmarkFrame2D) -> (centre: SIMD2<Float>, height: Float) {
        var (low, high) = (face[0], face[0])
        for i in 1..<LandmarkFrame.count {
            low = pointwiseMin(low, face[i])
            high = pointwiseMax(high, face[i])
        }
        return ((low + high) / 2, high.y - low.y)
    }
}
