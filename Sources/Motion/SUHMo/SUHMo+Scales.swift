import Inference

extension SUHMo {
    /// What standardises landmarks and velocities: u = [(x − mean) / position, v / velocity], a number a coordinate.
    struct Scales: Sendable {
        var mean, position, velocity: [Float]

        /// For random weights: a face in the middle of the square that moves a thousandth of its side a frame.
        static let standard = Scales(
            mean: [Float](repeating: 0.5, count: coordinates),
            position: [Float](repeating: 0.1, count: coordinates),
            velocity: [Float](repeating: 0.001, count: coordinates))

        init(mean: [Float], position: [Float], velocity: [Float]) {
            self.mean = mean
            self.position = position
            self.velocity = velocity
        }

        init(_ file: WeightFile) throws {
            mean = try file.vector("mean", count: coordinates)
            position = try Self.positive(file, "position_scale")
            velocity = try Self.positive(file, "velocity_scale")
        }

        private static func positive(_ file: WeightFile, _ name: String) throws -> [Float] {
            let values = try file.vector(name, count: coordinates)
            if let index = values.firstIndex(where: { $0 <= 0 }) {
                throw Error.notPositive(path: file.path, tensor: name, index: index)
            }
            return values
        }

        /// Writes u to the front of each row of `input`.
        func standardise(x: Matrix, v: Matrix, into input: inout Matrix) {
            let count = coordinates
            for row in 0..<x.rows {
                input.withMutableRow(row) { input in
                    x.withRow(row) { x in
                        for i in 0..<count { input[i] = (x[i] - mean[i]) / position[i] }
                    }
                    v.withRow(row) { v in
                        for i in 0..<count { input[count + i] = v[i] / velocity[i] }
                    }
                }
            }
        }

        /// Turns the network's outputs into velocities in its units.
        func unscale(velocities: inout Matrix) {
            for row in 0..<velocities.rows {
                velocities.withMutableRow(row) { v in
                    for i in v.indices { v[i] *= velocity[i] }
                }
            }
        }
    }
}
