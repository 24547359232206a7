/// Says when a servo that is told to go on stands still.
///
/// Only fresh measurements count, so that a line or a machine that is slow for a while looks like one that says nothing
/// and not like a servo that met its end. A servo that merely lags goes on as fast as it is told to.
struct StallWatch {
    /// How far behind it must be, rad.
    private static let lag = 4 * Double.pi / 180
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
    init(goesUp: Bool, rate: Double) {
        sign = goesUp ? 1 : -1
        patience = Int(0.25 * rate)
    }

    private let sign: Double

    /// One control period.
    ///
    /// - Parameters:
    ///   - commanded: where it was told to be, rad.
    ///   - measured: where it last said it stood, rad.
    ///   - count: how often it has said so; an unchanged count is no news.
    /// - Returns: whether it stands still.
    mutating func isStalled(commanded: Double, measured: Double, count: UInt32) -> Bool {
        tick += 1
        guard count != self.count else { return false }
        self.count = count
        samples.append(Sample(tick: tick, commanded: commanded, measured: measured))
        while samples.count > 1, samples[1].tick <= tick - patience { samples.removeFirst() }
        guard let past = samples.first, past.tick <= tick - patience, (commanded - measured) * sign > Self.lag else {
            return false
        }
        let told = (commanded - past.commanded) * sign
        return told > 0 && (measured - past.measured) * sign < Self.creep * told
    }
}
