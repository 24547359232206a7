import FaceKit
import Inference

/// The listener's last step: what is drawn to what is shown, channel by channel.
///
/// Codes drawn one after the other wander: a channel's spread is off by up to a factor of two, and a session's mean lies
/// where chance took it. A share of what the running mean is off the channel's long mean is taken away, then a line
/// through quantiles leads from what is drawn to what real partners show. Both were fitted to training partners, and the
/// network goes on from what it drew, so neither changes what is drawn. `mien_training/sfms/calibration.py` is the twin.
struct OutputCalibration: Sendable {
    /// Points of each channel's line.
    static let knots = 24

    /// Rising values that are drawn, and what is shown for them, row-major [58, knots].
    private let drawn: [Float]
    private let shown: [Float]
    /// The long mean of what is drawn, and the share of the running mean's distance to it that is taken away.
    let level: [Float]
    private let share: [Float]
    /// Rate of the running mean, a frame.
    private let rate: Float

    /// The calibration stored as `calibration.…`; none in a file whose metadata has no `calibration_rate`.
    init?(_ file: WeightFile) throws {
        guard file.metadata["calibration_rate"] != nil else { return nil }
        let number = try file.number("calibration_rate")
        guard (0...1).contains(number) else {
            throw SFMS.Error.badSampling(path: file.path, key: "calibration_rate", found: number, range: 0...1)
        }
        self.init(
            drawn: try file.vector("calibration.drawn", count: 58 * Self.knots),
            shown: try file.vector("calibration.shown", count: 58 * Self.knots),
            level: try file.vector("calibration.level", count: 58),
            share: try file.vector("calibration.share", count: 58), rate: Float(number))
        for channel in 0..<58 {
            let line = drawn[channel * Self.knots..<(channel + 1) * Self.knots]
            guard zip(line, line.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw SFMS.Error.badCalibration(path: file.path, channel: FaceChannel.names[channel])
            }
        }
    }

    init(drawn: [Float], shown: [Float], level: [Float], share: [Float], rate: Float) {
        (self.drawn, self.shown, self.level, self.share, self.rate) = (drawn, shown, level, share, rate)
    }

    /// The frame that is shown for one that is drawn; moves the running means, which begin as `level`.
    func callAsFunction(_ face: FaceFrame, means: inout [Float]) -> FaceFrame {
        var channels = FaceChannels(face, distances: .init(repeating: 0))
        for channel in 0..<58 {
            let value = channels.values[channel]
            means[channel] += rate * (value - means[channel])
            channels.values[channel] = line(channel, value - share[channel] * (means[channel] - level[channel]))
        }
        return FaceFrame(channels)
    }

    /// A channel's line; beyond its ends the end's value.
    private func line(_ channel: Int, _ value: Float) -> Float {
        let first = channel * Self.knots
        let last = first + Self.knots - 1
        guard value > drawn[first] else { return shown[first] }
        guard value < drawn[last] else { return shown[last] }
        var upper = first + 1
        while drawn[upper] <= value { upper += 1 }
        let way = (value - drawn[upper - 1]) / (drawn[upper] - drawn[upper - 1])
        return shown[upper - 1] + way * (shown[upper] - shown[upper - 1])
    }
}
