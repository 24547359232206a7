import Inference

/// The keyframes of a group's window that lose least: the best k for straight lines between them, by dynamic programming.
///
/// Before the first keyframe and after the last one the nearest is held. `mien_training/sfms/oracle.py` is the twin.
struct KeyframePaths: Sendable {
    /// Weight of the line error beside learned scores, in units of the window's mean energy a frame.
    private static let lineWeight = 5.0

    let frames: Int
    /// Squared error of the frames after i up to j on the line from i to j, at `i * frames + j`; infinite unless i < j.
    private var line: [Double]
    /// Squared error of holding a frame up to it and after it.
    private var head: [Double]
    private var tail: [Double]

    /// The errors of a group's channels in a window of frames, scaled to the window's mean energy a frame.
    ///
    /// - Parameter knots: what keyframes come back as, [T, channels], where that is not the frames themselves but what
    ///   codes keep of them.
    init(_ window: Matrix, channels: [Int], knots: Matrix? = nil) {
        frames = window.rows
        let count = frames
        let columns = channels.map { channel in (0..<count).map { Double(window[$0, channel]) } }
        let energy =
            columns.reduce(0) { sum, values in
                let mean = values.reduce(0, +) / Double(count)
                return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            } + 1e-4 * Double(channels.count)
        line = [Double](repeating: .infinity, count: count * count)
        head = [Double](repeating: 0, count: count)
        tail = [Double](repeating: 0, count: count)
        for i in 0..<count {
            for j in i + 1..<max(count, i + 1) { line[i * count + j] = 0 }
        }
        for (place, values) in columns.enumerated() {
            let kept = knots.map { knots in (0..<count).map { Double(knots[$0, place]) } } ?? values
            let rounding = zip(kept, values).map { ($0 - $1) * ($0 - $1) / energy }
            for i in 0..<count {
                head[i] += rounding[i]
                for j in i + 1..<max(count, i + 1) {
                    var error = 0.0
                    for t in i + 1..<max(j, i + 1) {
                        let share = Double(t - i) / Double(j - i)
                        let off = kept[i] * (1 - share) + kept[j] * share - values[t]
                        error += off * off
                    }
                    line[i * count + j] += error / energy + rounding[j]
                    head[j] += (kept[j] - values[i]) * (kept[j] - values[i]) / energy
                    tail[i] += (kept[i] - values[j]) * (kept[i] - values[j]) / energy
                }
            }
        }
    }

    /// Places of the best k keyframes, ascending; `scores` say how much a frame itself speaks for being one.
    func best(_ k: Int, scores: [Float]? = nil) -> [Int] {
        let own = scores?.map(Double.init) ?? [Double](repeating: 0, count: frames)
        var best = (0..<frames).map { own[$0] - Self.lineWeight * head[$0] }
        var back: [[Int]] = []
        for _ in 1..<max(k, 1) {
            var next = [Double](repeating: -.infinity, count: frames)
            var from = [Int](repeating: 0, count: frames)
            for j in 0..<frames {
                for i in 0..<j {
                    let value = best[i] - Self.lineWeight * line[i * frames + j]
                    if value > next[j] { (next[j], from[j]) = (value, i) }
                }
                next[j] += own[j]
            }
            best = next
            back.append(from)
        }
        var at = 0
        var most = -Double.infinity
        for frame in 0..<frames where best[frame] - Self.lineWeight * tail[frame] > most {
            (at, most) = (frame, best[frame] - Self.lineWeight * tail[frame])
        }
        var places = [at]
        for from in back.reversed() {
            at = from[at]
            places.append(at)
        }
        return places.reversed()
    }

    /// Places of k picks one after the other, the highest score first; each lowers the scores of its neighbours.
    static func picks(_ k: Int, scores: [Float], discouragement: [Float]) -> [Int] {
        var scores = scores
        var places: [Int] = []
        for _ in 0..<min(k, scores.count) {
            let free = scores.indices.filter { !places.contains($0) }
            guard let at = free.max(by: { (scores[$0], $1) < (scores[$1], $0) }) else { break }
            places.append(at)
            for (index, lower) in discouragement.enumerated() {
                for place in [at - index - 1, at + index + 1] where scores.indices.contains(place) {
                    scores[place] += lower
                }
            }
        }
        return places.sorted()
    }

    /// Places of k evenly spaced keyframes, first and last frame among them.
    static func even(_ k: Int, of frames: Int) -> [Int] {
        guard k > 1 else { return [0] }
        return (0..<k).map { place in
            // As NumPy's and PyTorch's linspace and round: halves to even.
            Int((Float(place) * Float(frames - 1) / Float(k - 1)).rounded(.toNearestOrEven))
        }
    }
}
