import FaceKit
import Inference

extension SUHMo {
    /// Endless landmarks on the image, without a fit, in whichever variant the model is.
    public protocol IdlingFace: Sendable {
        /// The next landmarks in image units. Allocates only when a run starts.
        mutating func next() -> LandmarkFrame2D

        /// Starts over at the reference, with a run not seen before.
        mutating func restart()
    }

    /// Endless landmarks around a reference: runs of 80 to 100 frames, each faded into the next.
    ///
    /// A run begins at the reference plus `carry` times the present offset from it, at the same share of the present
    /// velocity plus a draw: nothing can drift away, and no regular return to the neutral pose shows. All runs but those
    /// that nothing fades into begin at a face drawn around that, in motion (`Idling.starts`). The reference for it is
    /// `Training/mien_training/suhmo/idle.py`.
    struct Idler<Network: Generator>: IdlingFace {
        private let network: Network
        private let idling: Idling
        private let reference: LandmarkFrame2D
        private let seed: UInt64
        private let samples: Int
        private var x: LandmarkFrame2D
        private var v = LandmarkFrame2D()
        private var number: UInt32 = 0
        private var run: Run<Network>
        private var successor: Run<Network>?
        /// Where a run and its successor are stepped together.
        private var room: Network.Room

        init(_ network: Network, _ idling: Idling, reference: LandmarkFrame2D, seed: UInt64, samples: Int) {
            self.network = network
            self.idling = idling
            self.reference = reference
            self.seed = seed
            self.samples = samples
            x = reference
            room = network.makeRoom(forTwoRunsOf: samples)
            run = Run(
                network, idling, random: CounterRandom(seed: seed, system: .suhmo, stream: 0), reference: reference,
                x: reference, v: v, samples: samples)
            number = 1
        }

        mutating func next() -> LandmarkFrame2D {
            if successor == nil, run.frames >= run.length { successor = begin(drawn: true) }
            var made: LandmarkFrame2D
            if var coming = successor {
                successor = nil
                let fresh: LandmarkFrame2D
                (made, fresh) = run.next(with: &coming, network, &room)
                let t = Float(coming.frames) / Float(idling.crossFade + 1)
                let weight = t * t * (3 - 2 * t)
                for i in 0..<LandmarkFrame.count { made[i] += weight * (fresh[i] - made[i]) }
                if coming.frames == idling.crossFade { run = coming } else { successor = coming }
            } else {
                made = run.next(network)
            }
            for i in 0..<LandmarkFrame.count { v[i] = made[i] - x[i] }
            x = made
            return made
        }

        mutating func restart() {
            x = reference
            v = LandmarkFrame2D()
            successor = nil
            run = begin(drawn: false)
        }

        private mutating func begin(drawn: Bool) -> Run<Network> {
            let random = CounterRandom(seed: seed, system: .suhmo, stream: number)
            var (start, speed) = (reference, v)
            for i in 0..<LandmarkFrame.count {
                start[i] += idling.carry * (x[i] - reference[i])
                speed[i] *= idling.carry
            }
            if drawn {
                let height = extent(reference).height
                for (index, mode) in idling.starts.enumerated() {
                    let amount = height * random.normal(frame: 0, draw: Run<Network>.draws + UInt32(index))
                    for i in 0..<LandmarkFrame.count {
                        start[i] += amount * SIMD2(mode[2 * i], mode[2 * i + 1])
                        let j = coordinates + 2 * i
                        speed[i] += amount * SIMD2(mode[j], mode[j + 1])
                    }
                }
            }
            defer { number &+= 1 }
            return Run(
                network, idling, random: random, reference: reference, x: start, v: speed, samples: samples)
        }
    }
}
