import Actuation
import FaceFit
import FaceKit

extension FaceMetric {
    /// The distance of faces as they look: half of it by coefficients, half by where the landmarks of a basis stand, so
    /// that a coefficient that a robot cannot show is shown by what looks like it.
    public init(basis: FaceBasis) {
        let (size, shapes) = (FaceEffects.channelCount, Blendshape.allCases)
        let relaxed = basis.shape(of: .neutral)
        let moves = shapes.map { shape in
            var face = FaceFrame.neutral
            face[shape] = 1
            let moved = basis.shape(of: face)
            return (0..<LandmarkFrame.count).map { moved[$0] - relaxed[$0] }
        }
        func product(_ a: [SIMD3<Float>], _ b: [SIMD3<Float>]) -> Double {
            zip(a, b).reduce(0) { $0 + Double(($1.0 * $1.1).sum()) }
        }
        let own = moves.map { product($0, $0) }.filter { $0 > 0 }
        let scale = own.isEmpty ? 0 : Double(own.count) / own.reduce(0, +)
        var weights = FaceMetric.coefficients.weights
        for (row, one) in zip(shapes, moves) {
            for (column, other) in zip(shapes, moves) {
                let place = row.rawValue * size + column.rawValue
                weights[place] = weights[place] / 2 + product(one, other) * scale / 2
            }
        }
        self.init(weights: weights)
    }
}
