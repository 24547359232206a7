import Histogram

/// The stages whose time is measured, in the order of the data's way.
public enum Stage: Int, CaseIterable, Sendable {
    /// How long after its deadline a control tick began.
    case controlLateness
    /// Taking the motion frame and interpolating.
    case play
    /// Calibration: face channels to actuator targets.
    case retarget
    /// Limits of position, velocity, acceleration and jerk.
    case limit
    /// Encoding to bus bytes and handing them over.
    case encode
    /// The whole control tick.
    case controlTick
    /// How long after its deadline a motion tick began.
    case motionLateness
    /// Reading the person.
    case sense
    /// The head-motion generator.
    case suhmo
    /// The listener.
    case sfms
    /// The whole motion tick.
    case motionTick

    /// The name in reports, for instance `control_tick`.
    public var name: String {
        String(describing: self).reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }
}

/// One histogram of nanoseconds a stage (HdrHistogram, three significant digits, up to 10 s), filled without allocation.
public struct StageTimes: Sendable {
    /// What a histogram says, in microseconds.
    public struct Figures: Sendable, Codable, Equatable {
        public var count: Int
        /// Median, 99 % and largest, in microseconds.
        public var median: Double
        public var percentile99: Double
        public var largest: Double

        enum CodingKeys: String, CodingKey {
            case count
            case median = "p50_us"
            case percentile99 = "p99_us"
            case largest = "max_us"
        }
    }

    private var histograms: [Histogram<UInt32>]

    public init() {
        histograms = Stage.allCases.map { _ in Histogram(highestTrackableValue: 10_000_000_000) }
    }

    /// Counts one duration; what exceeds ten seconds counts as ten.
    public mutating func record(_ stage: Stage, nanoseconds: Int64) {
        _ = histograms[stage.rawValue].record(UInt64(min(max(nanoseconds, 0), 9_999_999_999)))
    }

    /// Adds another thread's figures.
    public mutating func add(_ other: StageTimes) {
        for index in histograms.indices where other.histograms[index].totalCount > 0 {
            histograms[index].add(other.histograms[index])
        }
    }

    /// The stage's figures, or nil if it never ran.
    public func figures(of stage: Stage) -> Figures? {
        let histogram = histograms[stage.rawValue]
        guard histogram.totalCount > 0 else { return nil }
        return Figures(
            count: Int(histogram.totalCount),
            median: Double(histogram.valueAtPercentile(50)) / 1000,
            percentile99: Double(histogram.valueAtPercentile(99)) / 1000,
            largest: Double(histogram.maxRecorded) / 1000)
    }

    /// The figures of every stage that ran, by name.
    public var all: [String: Figures] {
        Dictionary(
            uniqueKeysWithValues: Stage.allCases.compactMap { stage in figures(of: stage).map { (stage.name, $0) } })
    }
}
