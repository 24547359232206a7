import FaceKit

extension SUHMo {
    /// What keeps an endlessly idling face composed: slow offsets are taken off, so that it moves around its reference
    /// and never away from it.
    ///
    /// The generator is trained on runs of 40 frames. In longer ones its head leans and its non-rigid shape wanders (in
    /// the shipped weights the jaw gapes within seconds), which no robot's idling should show. The spec proposes to
    /// clamp the non-rigid residual around the reference (§1.6); here each value's running mean is subtracted, with a
    /// time constant of 20 s for the head, far below the frequencies of head motion, and 1.5 s for the coefficients,
    /// whose deviation is also limited softly to 0.25. Turns and nods beyond 0.25 rad, tilts beyond 0.2 rad, bend towards
    /// 0.42 and 0.3 rad, ways of the head beyond 6 cm to a side and 3 cm up or down towards 10 and 4.5 cm: once in an hour
    /// a run would go further than anybody in the training data. A user's intensity scales what comes out of this, bounds
    /// and all.
    struct Composure: Sendable {
        private static let headRate: Float = 1 / (20 * 25)
        private static let shapeRate: Float = 1 / (1.5 * 25)
        private static let mostDeviation: Float = 0.25
        /// Radians up to which an angle passes as it is, and that it never exceeds.
        private static let turn: (free: Float, most: Float) = (0.25, 0.42)
        private static let tilt: (free: Float, most: Float) = (0.2, 0.3)
        /// The same in metres, to a side and up or down.
        private static let aside: (free: Float, most: Float) = (0.06, 0.1)
        private static let lift: (free: Float, most: Float) = (0.03, 0.045)

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
            result.head.yaw += Self.bend(Self.step(&mean.head.yaw, face.head.yaw), Self.turn)
            result.head.pitch += Self.bend(Self.step(&mean.head.pitch, face.head.pitch), Self.turn)
            result.head.roll += Self.bend(Self.step(&mean.head.roll, face.head.roll), Self.tilt)
            result.head.x += Self.bend(Self.step(&mean.head.x, face.head.x), Self.aside)
            result.head.y += Self.bend(Self.step(&mean.head.y, face.head.y), Self.lift)
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

        /// A value that passes up to `free` and stays within ±`most` beyond it, without a kink.
        private static func bend(_ value: Float, _ limit: (free: Float, most: Float)) -> Float {
            let beyond = abs(value) - limit.free
            guard beyond > 0 else { return value }
            let bent = limit.free + softly(beyond, limit.most - limit.free)
            return value < 0 ? -bent : bent
        }
    }
}
