import FaceKit

/// The channel groups of models with random weights; a weight file brings its own, by name.
enum ChannelGroups {
    /// Brows and eyes; smile and cheeks (the four channels that the conversations hold); the rest of the mouth, jaw and
    /// nose; rotation; translation.
    static let standard: [[Int]] = {
        let smile: Set<Blendshape> = [.mouthSmileLeft, .mouthSmileRight, .cheekSquintLeft, .cheekSquintRight]
        let upper = Blendshape.allCases.filter { $0.name.hasPrefix("eye") || $0.name.hasPrefix("brow") }
        let lower = Blendshape.allCases.filter { !upper.contains($0) && !smile.contains($0) }
        return [
            upper.map(\.rawValue),
            [Blendshape.mouthSmileLeft, .mouthSmileRight, .cheekSquintLeft, .cheekSquintRight].map(\.rawValue),
            lower.map(\.rawValue), [52, 53, 54], [55, 56, 57],
        ]
    }()
    /// The spec's four: smile and cheeks belong to the lower face.
    static let four = [standard[0], (standard[1] + standard[2]).sorted(), standard[3], standard[4]]
    /// One for the whole face, and one a channel.
    static let one = [Array(0..<58)]
    static let channels = (0..<58).map { [$0] }
}
