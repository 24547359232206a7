import Actuation
import FaceKit

/// A tracker's recording of a robot's own face beside the log of what the robot was told: one sample for each time that the
/// robot stood still, the mean of what was seen then.
///
/// The two clocks need not agree: the offset is the one at which the face changes least while the robot stands still.
public struct FaceRecording: Sendable {
    public let samples: [EffectFit.Sample]
    /// Seconds that the recording's clock is ahead of the log's.
    public let offset: Double

    /// The time that a face takes to settle, seconds, and the least that must be seen after that.
    private static var settling: Double { 0.2 }
    private static var leastHold: Double { 0.08 }

    public init(track: Track, log: CommandLog, path: String) throws(CommandLog.Failure) {
        let holds = log.holds(atLeast: Self.settling + Self.leastHold)
        guard !holds.isEmpty else { throw .noHolds(path: path) }
        let frames = track.frames.map { (time: $0.time, face: Self.values($0)) }
        func score(_ offset: Double) -> Double {
            var (sum, count) = (0.0, 0)
            for hold in holds {
                let seen = Self.frames(frames, in: hold.times, offset)
                guard seen.count > 1 else { continue }
                let mean = Self.mean(seen)
                for frame in seen {
                    for (value, middle) in zip(frame, mean) where value.isFinite && middle.isFinite {
                        sum += (value - middle) * (value - middle)
                    }
                }
                count += seen.count - 1
            }
            // Few frames within holds are no good sign: an offset must keep half of the holds.
            return count < holds.count / 2 ? .infinity : sum / Double(count)
        }
        func best(_ candidates: [Double]) -> Double {
            // The smallest of equals.
            candidates.sorted { abs($0) < abs($1) }.map { ($0, score($0)) }.min { $0.1 < $1.1 }?.0 ?? 0
        }
        let coarse = best((-50...50).map { Double($0) * 0.1 })
        offset = best((-10...10).map { coarse + Double($0) * 0.01 })
        var samples: [EffectFit.Sample] = []
        for hold in holds {
            let seen = Self.frames(frames, in: hold.times, offset)
            if !seen.isEmpty { samples.append(.init(raws: hold.raws, face: Self.mean(seen))) }
        }
        self.samples = samples
    }

    private static func frames(
        _ frames: [(time: Double, face: [Double])], in times: ClosedRange<Double>, _ offset: Double
    ) -> [[Double]] {
        let (start, end) = (times.lowerBound + settling + offset, times.upperBound + offset)
        var (low, high) = (0, frames.count)
        while low < high {
            let middle = (low + high) / 2
            if frames[middle].time < start { low = middle + 1 } else { high = middle }
        }
        return frames[low...].prefix { $0.time <= end }.map(\.face)
    }

    private static func mean(_ seen: [[Double]]) -> [Double] {
        (0..<FaceEffects.channelCount).map { channel in
            seen.reduce(0.0) { $0 + $1[channel] } / Double(seen.count)
        }
    }

    /// The channels of a frame, NaN where one was not sensed.
    private static func values(_ frame: PersonFrame) -> [Double] {
        let head = [frame.face.head.yaw, frame.face.head.pitch, frame.face.head.roll]
        return (0..<FaceEffects.channelCount).map { channel in
            guard frame.sensed.contains(SensedChannels(rawValue: 1 << UInt64(channel))) else { return .nan }
            return channel < FaceChannels.firstHead
                ? Double(frame.face.coefficients[channel]) : Double(head[channel - FaceChannels.firstHead])
        }
    }
}
