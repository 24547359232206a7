import FaceKit

/// What the person's face did in the last seconds, so that the mirror can be late, as people are (300 to 700 ms, Sato and
/// Yoshikawa 2005).
struct DelayedExpressions: Sendable {
    /// The most frames that the mirror can be late.
    static let limit = 250
    private var frames: [PersonFrame?] = []
    private var next = 0
    /// How much of the mirror is on, 0 to 1: eased as people come and go.
    private(set) var weight: Float = 0
    private var shown: PersonFrame?

    mutating func append(_ frame: PersonFrame?) {
        let seen = frame.flatMap { $0.isPresent ? $0.mirrored : nil }
        if frames.count < Self.limit {
            frames.append(seen)
        } else {
            frames[next] = seen
        }
        next = (next + 1) % Self.limit
    }

    private func frame(before delay: Int) -> PersonFrame? {
        let back = min(max(delay, 0), frames.count - 1)
        guard back >= 0 else { return nil }
        return frames[(next - 1 - back + 2 * Self.limit) % Self.limit]
    }

    /// Puts the expression of `delay` frames ago in place of the face's own in proportion to a gain, as a mirror does; it
    /// never adds twice. The weight moves by `step` at most.
    mutating func apply(
        to face: inout FaceChannels, gain: Float, delay: Int, step: Float, claims: Set<ChannelGroup>
    ) {
        let late = frame(before: delay)
        if let late { shown = late }
        weight = late != nil && gain > 0 ? min(1, weight + step) : max(0, weight - step)
        guard weight > 0, gain > 0, let shown else { return }
        for shape in Blendshape.allCases where shown.sensed.contains(SensedChannels(shape)) {
            guard let group = ChannelGroup(FaceChannel(shape)), claims.contains(group) else { continue }
            face.values[shape.rawValue] += gain * weight * (shown.face[shape] - face.values[shape.rawValue])
        }
    }
}
