import FaceKit

/// A part of the face that layers claim as a whole.
public enum ChannelGroup: String, Sendable, CaseIterable {
    case head, eyes, lids, brows, cheeks, mouth, jaw

    /// The group of a face channel; nil for landmark distances, which follow from the others.
    public init?(_ channel: FaceChannel) {
        guard channel.rawValue < FaceChannels.firstDistance else { return nil }
        self = Self.groups[channel.rawValue]
    }

    private static let groups: [ChannelGroup] =
        Blendshape.allCases.map { shape in
            let name = shape.name
            if name.hasPrefix("eyeLook") { return .eyes }
            if name.hasPrefix("eye") { return .lids }
            if name.hasPrefix("brow") { return .brows }
            if name.hasPrefix("cheek") || name.hasPrefix("nose") { return .cheeks }
            if name.hasPrefix("jaw") { return .jaw }
            return .mouth
        } + Array(repeating: .head, count: 6)
}

extension Set<ChannelGroup> {
    public static let all = Set(ChannelGroup.allCases)
    /// All of the face but the head.
    public static let face = all.subtracting([.head])
}
