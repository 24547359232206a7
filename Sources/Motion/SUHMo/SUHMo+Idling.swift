import Inference

extension SUHMo {
    /// How endless idling is put together from runs (spec §1.6); read from the weight file's `idle.*` metadata.
    public struct Idling: Sendable, Equatable {
        /// A run's length in frames before its successor starts, drawn for each run.
        public var runFrames: ClosedRange<Int>
        /// Frames over which a run fades into its successor.
        public var crossFade: Int
        /// How much of the present offset from the reference the next run starts with, 0 (at the reference) to 1.
        public var carry: Float
        /// Height of the face in network units, drawn for each run and sample.
        public var faceHeight: ClosedRange<Float>
        /// The most that the second sample is moved from the centre, in network units.
        public var shift: Float
        /// The most initial velocity, in network units a frame.
        public var velocity: Float
        /// Where runs after the first begin: the reference plus the sum of these times normal draws, each an offset and a
        /// velocity a frame (x_0, y_0, x_1, … twice over) in heights of the face. Empty: at the reference.
        public var starts: [[Float]]

        public init(
            runFrames: ClosedRange<Int>, crossFade: Int, carry: Float, faceHeight: ClosedRange<Float>, shift: Float,
            velocity: Float, starts: [[Float]] = []
        ) {
            self.runFrames = runFrames
            self.crossFade = crossFade
            self.carry = carry
            self.faceHeight = faceHeight
            self.shift = shift
            self.velocity = velocity
            self.starts = starts
        }

        /// What a paper-size model with random weights idles by.
        static let standard = Idling(
            runFrames: 80...100, crossFade: 12, carry: 0.7, faceHeight: 0.45...0.65, shift: 0.08, velocity: 0.002)

        /// The least height of a face in network units.
        static let leastHeight: Float = 0.05

        init(_ file: WeightFile) throws {
            crossFade = try file.integer("idle.cross_fade_frames", in: 1...250)
            let least = try file.integer("idle.run_frames_least", in: crossFade...10_000)
            runFrames = least...(try file.integer("idle.run_frames_most", in: least...10_000))
            carry = try Self.number(file, "idle.carry", in: 0...1)
            let low = try Self.number(file, "idle.face_height_least", in: Self.leastHeight...1)
            faceHeight = low...(try Self.number(file, "idle.face_height_most", in: low...1))
            shift = try Self.number(file, "idle.shift", in: 0...0.5)
            velocity = try Self.number(file, "idle.velocity", in: 0...0.1)
            starts = try Self.starts(file)
        }

        private static func starts(_ file: WeightFile) throws -> [[Float]] {
            guard file.metadata["idle.start_modes"] != nil else { return [] }
            let modes = try file.integer("idle.start_modes", in: 1...136)
            let width = 2 * coordinates
            let values = try file.tensor("idle.starts", shape: [modes, width]).values
            return (0..<modes).map { Array(values[$0 * width..<($0 + 1) * width]) }
        }

        private static func number(_ file: WeightFile, _ key: String, in range: ClosedRange<Float>) throws -> Float {
            let value = Float(try file.number(key))
            guard range.contains(value) else {
                throw Error.outOfRange(path: file.path, key: key, found: value, range: range)
            }
            return value
        }
    }
}
