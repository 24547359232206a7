import FaceKit

/// A person played from a track by its time stamps.
///
/// Nobody is there before the track's first frame, after its last and in gaps longer than `Track.longestBridge`. The
/// same track gives the same frames for the same times.
public struct TrackPersonSource: PersonSource, Sendable {
    private let sampler: TrackSampler
    private let loops: Bool
    private let end: Double
    private let period: Double

    /// A source that is asked about `rate` times a second. With `loops` the track starts again one frame after its last.
    public init(_ track: Track, rate: Double = 25, loops: Bool = false) {
        sampler = TrackSampler(track, rate: rate)
        self.loops = loops
        end = track.frames.last?.time ?? 0
        period = end + (track.medianInterval ?? 1 / rate)
    }

    public mutating func frame(at time: Double) -> PersonFrame? {
        guard time.isFinite else { return nil }
        var place = time
        if loops, time >= period {
            place = min(time.truncatingRemainder(dividingBy: period), end)
        }
        var frame = sampler.frame(at: place)
        guard frame.isPresent else { return nil }
        frame.time = time
        return frame
    }
}
