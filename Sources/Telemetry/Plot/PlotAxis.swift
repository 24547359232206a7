import Foundation

/// One axis of a plot: which numbers lie where, and the round ones that are written beside it.
public struct PlotAxis: Sendable {
    public let values: ClosedRange<Double>
    /// Where the least and the greatest value lie, pixels.
    public let start, end: Double

    /// An axis over a range; one of no length is widened, so that every value has a place.
    public init(_ values: ClosedRange<Double>, from start: Double, to end: Double) {
        let isPoint = values.upperBound - values.lowerBound < 1e-9
        self.values = isPoint ? values.lowerBound - 0.5...values.upperBound + 0.5 : values
        self.start = start
        self.end = end
    }

    public func place(_ value: Double) -> Double {
        start + (value - values.lowerBound) / (values.upperBound - values.lowerBound) * (end - start)
    }

    /// Round values (1, 2 or 5 times a power of ten apart), about `count` of them.
    public func ticks(about count: Int = 5) -> [Double] {
        let rough = (values.upperBound - values.lowerBound) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let step = power * ([1.0, 2, 5, 10].first { $0 * power >= rough } ?? 10)
        let first = Int((values.lowerBound / step).rounded(.up))
        let last = Int((values.upperBound / step).rounded(.down))
        guard last >= first else { return [] }
        return (first...last).map { Double($0) * step }
    }

    /// A tick's number as people write it.
    public static func text(_ value: Double) -> String { String(format: "%g", (value * 1e6).rounded() / 1e6) }
}
