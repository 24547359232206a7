/// A motion that is on: what, in which layer, whose, and since when.
struct Action: Sendable {
    let id: Int
    let clip: MotionClip
    let layer: String
    let owner: String
    /// Of its owner; among actions of one layer the higher covers.
    let rank: Int
    let start: Double
    /// When it was told to go.
    var released: Double?
    /// Whether it began by itself, and so yields to what somebody asked for.
    let isAutonomous: Bool
    let groups: Set<ChannelGroup>

    /// How much of it is left after it was told to go, 1 to 0.
    func presence(at time: Double, release: Double) -> Float {
        guard let released else { return 1 }
        return 1 - MinimumJerk.value(release > 0 ? Float((time - released) / release) : 1)
    }

    func isOver(at time: Double, release: Double) -> Bool {
        if let released, time - released >= release { return true }
        return time - start >= clip.duration
    }
}
