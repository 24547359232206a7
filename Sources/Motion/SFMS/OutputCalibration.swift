import FaceKit
import Inference

/// The listener's last step: what is drawn to what is shown.
///
/// Codes drawn one after the other wander: a channel's spread is off by up to a factor of two, it moves more quickly than
/// people's, a session's mean and spread lie where chance took them, and groups drawn apart move apart. So, in this order,
/// each channel passes two one-pole filters; a share of what the running mean is off the channel's long mean is taken
/// away, then a share of what the running deviation is off the long one; a matrix leads the covariance of channels to that
/// of real partners; and a line through quantiles leads each channel to what they show, smile and cheek along the line of
/// one partner's session, the listener's temper, drawn by its seed. All were fitted to training partners, and the network
/// goes on from what it drew, so none changes what is drawn. `mien_training/sfms/calibration.py` is the twin.
struct OutputCalibration: Sendable {
    /// Points of each channel's line.
    static let knots = 24
    /// The newest layout of the file that is read. Version 1 has levels and lines alone, version 2 one rate and no
    /// tempers, version 3 no smoothing.
    static let version = 4
    /// Channels that have a temper, by its lines: both sides of a face share one.
    private static let tempered: [[Blendshape]] = [
        [.mouthSmileLeft, .mouthSmileRight], [.cheekSquintLeft, .cheekSquintRight],
    ]
    /// Of the random numbers; tokens are drawn from stream 0.
    private static let temperStream: UInt32 = 1
    /// The least running variance that is divided by.
    private static let leastVariance: Float = 1e-8

    /// Both filters, running means and variances of the 58 drawn channels, and the listener's temper.
    struct Running: Sendable {
        var poles: [[Float]]
        var means: [Float]
        var variances: [Float]
        let temper: Int?
    }

    /// Rising values that come to the lines, and what is shown for them, row-major [58, knots].
    private let drawn: [Float]
    private let shown: [Float]
    /// The rate of both filters of each channel, a frame; 1 changes nothing.
    private let smoothing: [Float]
    /// The long mean of what is drawn, and the share of the running mean's distance to it that is taken away.
    private let level: [Float]
    private let share: [Float]
    /// The long variance of what is drawn, levelled, and the share of the running deviation's distance to its root that
    /// is taken away.
    private let variance: [Float]
    private let steady: [Float]
    /// Row-major [58 out, 58 in], of distances to the long means; nil mixes nothing.
    private let mix: [Float]?
    /// Rates of the running values, a frame.
    private let rates: [Float]
    /// What is shown at the knots of `drawn`, row-major [tempers, smile and cheek, knots].
    private let tempers: [Float]

    /// The calibration stored as `calibration.…`; none in a file whose metadata has no `calibration_rate`.
    init?(_ file: WeightFile) throws {
        guard file.metadata["calibration_rate"] != nil else { return nil }
        let version = file.metadata["calibration_version"] ?? "1"
        guard let known = Int(version), (1...Self.version).contains(known) else {
            throw SFMS.Error.unknownCalibration(path: file.path, found: version, newest: Self.version)
        }
        func rate(_ key: String) throws -> Float {
            let number = try file.number(key)
            guard (0...1).contains(number) else {
                throw SFMS.Error.badSampling(path: file.path, key: key, found: number, range: 0...1)
            }
            return Float(number)
        }
        let channels = FaceChannel.names.prefix(58)
        func vector(_ name: String, _ count: Int) throws -> [Float] {
            try file.vector("calibration.\(name)", count: count)
        }
        let tempers = known < 3 ? 0 : try file.integer("calibration_tempers", in: 0...1000)
        self.init(
            drawn: try vector("drawn", 58 * Self.knots), shown: try vector("shown", 58 * Self.knots),
            level: try vector("level", 58), share: try vector("share", 58),
            variance: known < 2 ? nil : try vector("variance", 58), steady: known < 2 ? nil : try vector("steady", 58),
            mix: known < 2 ? nil : try vector("mix", 58 * 58), rate: try rate("calibration_rate"),
            rest: known < 3 ? nil : try rate("calibration_rest_rate"),
            tempers: tempers == 0 ? [] : try vector("tempers", tempers * Self.tempered.count * Self.knots),
            smoothing: known < 4 ? nil : try vector("smoothing", 58))
        for (channel, name) in channels.enumerated() {
            let line = drawn[channel * Self.knots..<(channel + 1) * Self.knots]
            guard zip(line, line.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw SFMS.Error.badCalibration(path: file.path, channel: name)
            }
            guard variance[channel] > 0 else { throw SFMS.Error.flatCalibration(path: file.path, channel: name) }
            guard smoothing[channel] > 0, smoothing[channel] <= 1 else {
                throw SFMS.Error.badSmoothing(path: file.path, channel: name, found: smoothing[channel])
            }
        }
    }

    /// - Parameter rest: the rate of all channels but smile and cheek, where it is another.
    init(
        drawn: [Float], shown: [Float], level: [Float], share: [Float], variance: [Float]? = nil,
        steady: [Float]? = nil, mix: [Float]? = nil, rate: Float, rest: Float? = nil, tempers: [Float] = [],
        smoothing: [Float]? = nil
    ) {
        (self.drawn, self.shown, self.level, self.share) = (drawn, shown, level, share)
        self.variance = variance ?? [Float](repeating: 1, count: 58)
        self.steady = steady ?? [Float](repeating: 0, count: 58)
        self.mix = mix
        self.tempers = tempers
        self.smoothing = smoothing ?? [Float](repeating: 1, count: 58)
        var rates = [Float](repeating: rest ?? rate, count: 58)
        for channel in Self.tempered.joined() { rates[channel.rawValue] = rate }
        self.rates = rates
    }

    /// The running values of a stream that begins; the seed chooses its temper.
    func begin(seed: UInt64) -> Running {
        let count = tempers.count / (Self.tempered.count * Self.knots)
        let uniform = CounterRandom(seed: seed, system: .sfms, stream: Self.temperStream).uniform(frame: 0, draw: 0)
        return Running(
            poles: [level, level], means: level, variances: variance,
            temper: count > 0 ? Int(uniform * Float(count)) : nil)
    }

    /// The frame that is shown for one that is drawn; moves the running values.
    func callAsFunction(_ face: FaceFrame, running: inout Running) -> FaceFrame {
        var channels = FaceChannels(face, distances: .init(repeating: 0))
        var off = [Float](repeating: 0, count: 58)
        for channel in 0..<58 {
            var value = channels.values[channel]
            for pole in running.poles.indices {
                running.poles[pole][channel] += smoothing[channel] * (value - running.poles[pole][channel])
                value = running.poles[pole][channel]
            }
            running.means[channel] += rates[channel] * (value - running.means[channel])
            off[channel] = value - level[channel] - share[channel] * (running.means[channel] - level[channel])
            running.variances[channel] += rates[channel] * (off[channel] * off[channel] - running.variances[channel])
            let usual = variance[channel] / max(running.variances[channel], Self.leastVariance)
            off[channel] *= 1 + steady[channel] * (usual.squareRoot() - 1)
        }
        for channel in 0..<58 {
            let own = heights(of: channel, temper: running.temper)
            channels.values[channel] = line(channel, level[channel] + mixed(channel, off), to: own)
        }
        return FaceFrame(channels)
    }

    /// A channel of the mix.
    private func mixed(_ channel: Int, _ off: [Float]) -> Float {
        guard let mix else { return off[channel] }
        var sum: Float = 0
        for other in 0..<58 { sum += mix[channel * 58 + other] * off[other] }
        return sum
    }

    /// What a channel shows at its knots: its temper's, where it has one.
    private func heights(of channel: Int, temper: Int?) -> ArraySlice<Float> {
        if let temper, let place = Self.tempered.firstIndex(where: { $0.contains { $0.rawValue == channel } }) {
            let first = (temper * Self.tempered.count + place) * Self.knots
            return tempers[first..<first + Self.knots]
        }
        return shown[channel * Self.knots..<(channel + 1) * Self.knots]
    }

    /// A channel's line to its heights at the knots; beyond its ends the end's value.
    private func line(_ channel: Int, _ value: Float, to heights: ArraySlice<Float>) -> Float {
        let (first, last) = (channel * Self.knots, (channel + 1) * Self.knots - 1)
        let height = { (knot: Int) in heights[heights.startIndex + knot - first] }
        guard value > drawn[first] else { return height(first) }
        guard value < drawn[last] else { return height(last) }
        var upper = first + 1
        while drawn[upper] <= value { upper += 1 }
        let way = (value - drawn[upper - 1]) / (drawn[upper] - drawn[upper - 1])
        return height(upper - 1) + way * (height(upper) - height(upper - 1))
    }
}
