import FaceKit

extension SUHMo {
    /// A similarity between image units and the network's: x_network = (x_image − centre) · scale + 0.5 + shift, mirrored
    /// afterwards if `flip`, with left and right re-indexed.
    struct Placement: Sendable {
        var centre: SIMD2<Float>
        var scale: Float
        var shift: SIMD2<Float> = .zero
        var flip = false

        /// A face's landmarks in network units.
        func network(_ image: LandmarkFrame2D) -> LandmarkFrame2D {
            mapped {
                (image[$0] - centre) * scale + 0.5 + shift
            } mirror: {
                SIMD2(1 - $0.x, $0.y)
            }
        }

        /// Velocities (image units a frame) in network units.
        func networkVelocity(_ image: LandmarkFrame2D) -> LandmarkFrame2D {
            mapped {
                image[$0] * scale
            } mirror: {
                SIMD2(-$0.x, $0.y)
            }
        }

        /// A point back in image units; for the first sample, which is neither moved nor flipped.
        func image(_ network: SIMD2<Float>) -> SIMD2<Float> { (network - 0.5) / scale + centre }

        private func mapped(
            _ point: (Int) -> SIMD2<Float>, mirror: (SIMD2<Float>) -> SIMD2<Float>
        ) -> LandmarkFrame2D {
            var result = LandmarkFrame2D()
            for i in 0..<LandmarkFrame.count {
                result[i] = flip ? mirror(point(LandmarkFrame2D.mirrored[i])) : point(i)
            }
            return result
        }
    }
}
