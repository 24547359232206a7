import Foundation

extension Track {
    /// The longest time without a sensed value that is bridged, in seconds; across longer gaps nobody is there.
    public static let longestBridge = 0.5

    /// Seconds between frames: the median, which lost frames do not move. Nil for fewer than two frames.
    public var medianInterval: Double? {
        guard frames.count > 1 else { return nil }
        let intervals = zip(frames.dropFirst(), frames).map { $0.time - $1.time }.sorted()
        return intervals[intervals.count / 2]
    }

    /// The track on an even grid: frame k of it stands at k / `rate` seconds for every k from the first frame's time to
    /// the last's.
    ///
    /// Between frames the values are interpolated linearly, `gaze_region` takes the nearest frame's. Gaps longer than
    /// `longestBridge` stay gaps: nothing is sensed in them. A track at twice the rate or more is averaged over one frame
    /// of the grid first, so that what the grid cannot carry does not come back as something else.
    public func resampled(to rate: Double) -> Track {
        precondition(rate > 0, "a rate is positive")
        var result = Track(frames: [], channels: channels)
        result.clampedValues = clampedValues
        guard let first = frames.first, let last = frames.last else { return result }
        let sampler = TrackSampler(self, rate: rate)
        let start = Int(((first.time - TrackSampler.slack) * rate).rounded(.up))
        let end = Int(((last.time + TrackSampler.slack) * rate).rounded(.down))
        guard start <= end else {
            result.frames = [first]
            return result
        }
        result.frames = (start...end).map { sampler.frame(at: Double($0) / rate) }
        return result
    }
}

/// A reader of a track at any instant, with linear interpolation between its frames.
public struct TrackSampler: Sendable {
    /// Seconds by which an instant may miss a frame and still be that frame's: a clock's rounding.
    static let slack = 1e-6

    public let track: Track
    private let columns: [TrackColumn]
    /// Seconds that a sample is averaged over, or 0.
    private let window: Double

    /// A sampler of a track, to be read about `rate` times a second: a track of twice the rate or more is averaged.
    public init(_ track: Track, rate: Double) {
        self.track = track
        columns = track.channels.columns
        let isDense = track.medianInterval.map { $0 * rate <= 0.5 + 1e-6 } ?? false
        window = isDense ? 1 / rate : 0
    }

    /// The person at a time in seconds; nothing is sensed before the first frame, after the last and in long gaps.
    public func frame(at time: Double) -> PersonFrame {
        var result = PersonFrame(time: time)
        guard let first = track.frames.first, let last = track.frames.last else { return result }
        guard time >= first.time - Self.slack, time <= last.time + Self.slack else { return result }
        let time = min(max(time, first.time), last.time)
        let before = lastFrame(at: time)
        for column in columns {
            guard let span = span(of: column, around: time, before: before) else { continue }
            if column == .gazeRegion {
                result.sense(column, nearest(column, span, time))
            } else if window > 0 {
                result.sense(column, mean(column, span, time))
            } else {
                result.sense(column, interpolated(column, span, time))
            }
        }
        return result
    }

    /// The last frame at or before a time within the track.
    private func lastFrame(at time: Double) -> Int {
        let frames = track.frames
        var low = 0
        var high = frames.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if frames[middle].time <= time { low = middle } else { high = middle }
        }
        return low
    }

    /// The frames next to the time that sense a column, when they are close enough to each other.
    private func span(of column: TrackColumn, around time: Double, before: Int) -> (left: Int, right: Int)? {
        let left = neighbour(of: column, from: before, step: -1, time: time)
        if let left, time - track.frames[left].time <= Self.slack { return (left, left) }
        let right = neighbour(of: column, from: before + 1, step: 1, time: time)
        if let right, track.frames[right].time - time <= Self.slack { return (right, right) }
        guard let left, let right, track.frames[right].time - track.frames[left].time <= Track.longestBridge else {
            return nil
        }
        return (left, right)
    }

    private func neighbour(of column: TrackColumn, from start: Int, step: Int, time: Double) -> Int? {
        var index = start
        while track.frames.indices.contains(index), abs(track.frames[index].time - time) <= Track.longestBridge {
            if track.frames[index].value(column) != nil { return index }
            index += step
        }
        return nil
    }

    private func nearest(_ column: TrackColumn, _ span: (left: Int, right: Int), _ time: Double) -> Float {
        let (left, right) = (track.frames[span.left], track.frames[span.right])
        return time - left.time <= right.time - time ? left[column] : right[column]
    }

    private func interpolated(_ column: TrackColumn, _ span: (left: Int, right: Int), _ time: Double) -> Float {
        let (left, right) = (track.frames[span.left], track.frames[span.right])
        guard right.time > left.time else { return left[column] }
        let fraction = Float((time - left.time) / (right.time - left.time))
        return left[column] + (right[column] - left[column]) * fraction
    }

    /// The mean of the interpolated line over the window, as far as it is sensed without a gap.
    private func mean(_ column: TrackColumn, _ span: (left: Int, right: Int), _ time: Double) -> Float {
        var area = 0.0
        var length = 0.0
        func add(_ left: Int, _ right: Int) {
            let from = max(track.frames[left].time, time - window / 2)
            let to = min(track.frames[right].time, time + window / 2)
            guard to > from else { return }
            let ends =
                Double(interpolated(column, (left, right), from)) + Double(interpolated(column, (left, right), to))
            area += ends / 2 * (to - from)
            length += to - from
        }
        if span.left != span.right { add(span.left, span.right) }
        walk(column, from: span.left, step: -1, until: time - window / 2) { add($1, $0) }
        walk(column, from: span.right, step: 1, until: time + window / 2) { add($0, $1) }
        return length > 0 ? Float(area / length) : track.frames[span.left][column]
    }

    /// Calls `use` with each pair of neighbours that sense a column, from one frame outwards until a time or a gap.
    private func walk(_ column: TrackColumn, from: Int, step: Int, until: Double, _ use: (Int, Int) -> Void) {
        var index = from
        while Double(step) * (until - track.frames[index].time) > 0,
            let next = neighbour(of: column, from: index + step, step: step, time: track.frames[index].time)
        {
            use(index, next)
            index = next
        }
    }
}
