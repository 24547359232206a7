/// Says when a servo that is told to go on stands still.
///
/// Only fresh measurements count, so that a line or a machine that is slow for a while looks like one that says nothing
/// and not like a servo that met its end. A servo that merely lags goes on as fast as it is told to. One that says that it
/// pushes with all it may is believed sooner: not all servos can be told to push less, and those let go after a second.
struct StallWatch {
    /// How far behind it must be, rad.
    private static let lag = 4 * Double.pi / 180
    /// How far behind it must be while it pushes, rad, and the share of what it may push.
    private static let pushing = (lag: 1.5 * Double.pi / 180, share: 0.8)
    /// How long it must have stood, control periods.
    private let patience: Int
    /// The share of the way it was told meanwhile that still counts as standing.
    private static let creep = 0.25

    private struct Sample {
        var tick: Int
        var commanded, measured: Double
    }

    /// Fresh samples of the last `patience` ticks, and one before.
    private var samples: [Sample] = []
    private var count: UInt32?
    private var tick = 0

    /// - Parameters:
    ///   - goesUp: whether it is told to go to greater positions.
    ///   - rate: control periods a second.
    ///   - torque: the share of its torque that it may use.
    init(goesUp: Bool, rate: Double, torque: Double = 1) {
        sign = goesUp ? 1 : -1
        self.torque = torque
        patience = Int(0.25 * rate)
    }

    private let sign, torque: Double

    /// One control period.
    ///
    /// - Parameters:
    ///   - commanded: where it was told to be, rad.
    ///   - measured: where it last said it stood, rad.
    ///   - load: how hard it said it pushed, −1 to 1 of its most; NaN where it does not say.
    ///   - count: how often it has said so; an unchanged count is no news.
    /// - Returns: whether it stands still.
    mutating func isStalled(commanded: Double, measured: Double, load: Double = .nan, count: UInt32) -> Bool {
        tick += 1
        guard count != self.count else { return false }
        self.count = count
        if let before = samples.last, abs(load) >= Self.pushing.share * torque,
            (commanded - measured) * sign > Self.pushing.lag
        {
            let told = (commanded - before.commanded) * sign
            if told > 0, (measured - before.measured) * sign < Self.creep * told { return true }
        }
        samples.append(Sample(tick: tick, commanded: commanded, measured: measured))
        while samples.count > 1, samples[1].tick <= tick - patience { samples.removeFirst() }
        guard let past = samples.first, past.tick <= tick - patience, (commanded - measured) * sign > Self.lag else {
            return false
        }
        let told = (commanded - past.commanded) * sign
        return told > 0 && (measured - past.measured) * sign < Self.creep * told
    }
}
