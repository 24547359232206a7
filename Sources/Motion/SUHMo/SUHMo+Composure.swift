import FaceKit

extension SUHMo {
    /// What keeps an endlessly idling face composed: slow offsets are taken off, so that it moves around its reference
    /// and never away from it.
    ///
    /// The generator is trained on runs of 40 frames. In longer ones its head leans and its non-rigid shape wanders (in
    /// the shipped weights the jaw gapes within seconds), which no robot's idling should show. The spec proposes to
    /// clamp the non-rigid residual around the reference (§1.6); here each value's running mean is subtracted, with a
    /// time constant of 20 s for the head, far below the frequencies of head motion, and 1.5 s for the coefficients,
    /// whose deviation is also limited softly to 0.25.
    struct Composure: Sendable {
        private static let headRate: Float = 1 / (20 * 25)
        private static let shapeRate: Float = 1 / (1.5 * 25)
        private static let mostDeviation: Float = 0.25

        private let reference: FaceFrame
        private var mean: FaceFrame

        init(reference: FaceFrame) {
            self.reference = reference
            mean = reference
        }

        /// The composed frame, and one step of the running means.
        mutating func compose(_ face: FaceFrame) -> FaceFrame {
            var result = reference
            for index in 0..<Blendshape.count {
                let deviation = face.coefficients[index] - mean.coefficients[index]
                mean.coefficients[index] += Self.shapeRate * deviation
                let limited = Self.softly(deviation, Self.mostDeviation)
                result.coefficients[index] = min(max(reference.coefficients[index] + limited, 0), 1)
            }
            result.head.yaw += Self.step(&mean.head.yaw, face.head.yaw)
            result.head.pitch += Self.step(&mean.head.pitch, face.head.pitch)
            result.head.roll += Self.step(&mean.head.roll, face.head.roll)
            result.head.x += Self.step(&mean.head.x, face.head.x)
            result.head.y += Self.step(&mean.head.y, face.head.y)
            // The image's size is the network's to choose; it says nothing about z, which stays the reference's.
            return result
        }

        /// Forgets the running means: what comes next begins at the reference again.
        mutating func reset() { mean = reference }

        /// The deviation from a running mean, which moves on.
        private static func step(_ mean: inout Float, _ value: Float) -> Float {
            let deviation = value - mean
            mean += headRate * deviation
            return deviation
        }

        /// A value bent smoothly so that it stays within ±`most`: x / (1 + |x| / most).
        private static func softly(_ value: Float, _ most: Float) -> Float { value / (1 + abs(value) / most) }
    }
}
