/// Which frames of a window are keyframes, group by group, and how far each frame is from its neighbours.
struct KeyframeMask: Sendable, Equatable {
    let frames: Int
    let groups: Int
    /// Row-major [frames, groups].
    private let keys: [Bool]
    /// Place of the newest keyframe up to a frame, −1 where there is none.
    private var previous: [Int]
    /// Place of the next keyframe from a frame on, `frames` where there is none.
    private var following: [Int]

    init(frames: Int, groups: Int, keys: [Bool]) {
        precondition(keys.count == frames * groups)
        self.frames = frames
        self.groups = groups
        self.keys = keys
        previous = [Int](repeating: -1, count: keys.count)
        following = [Int](repeating: frames, count: keys.count)
        for group in 0..<groups {
            var last = -1
            for frame in 0..<frames {
                if keys[frame * groups + group] { last = frame }
                previous[frame * groups + group] = last
            }
            var next = frames
            for frame in stride(from: frames - 1, through: 0, by: -1) {
                if keys[frame * groups + group] { next = frame }
                following[frame * groups + group] = next
            }
        }
    }

    /// The mask of tokens, row-major [frames, groups]: every token but 0 is a keyframe.
    init(tokens: [Int], groups: Int) {
        self.init(frames: tokens.count / groups, groups: groups, keys: tokens.map { $0 > 0 })
    }

    func isKey(_ frame: Int, _ group: Int) -> Bool { keys[frame * groups + group] }

    /// Whether any group has a keyframe there.
    func hasKey(_ frame: Int) -> Bool { (0..<groups).contains { isKey(frame, $0) } }

    /// The keyframes to either side of a frame (itself, if it is one), nil where there is none.
    func neighbours(_ frame: Int, _ group: Int) -> (before: Int?, after: Int?) {
        let (before, after) = (previous[frame * groups + group], following[frame * groups + group])
        return (before < 0 ? nil : before, after >= frames ? nil : after)
    }

    /// Signed distances to the last and the next keyframe as shares of the window, −1 and 1 where there is none.
    func distances(_ frame: Int, _ group: Int) -> (last: Float, next: Float) {
        let (before, after) = neighbours(frame, group)
        let length = Float(frames)
        return (before.map { Float($0 - frame) / length } ?? -1, after.map { Float($0 - frame) / length } ?? 1)
    }
}
