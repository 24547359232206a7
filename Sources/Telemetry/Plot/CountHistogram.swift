import Foundation

/// How often values fell between bounds that grow by a factor: for latencies, from a microsecond to a second.
public struct CountHistogram: Sendable, Equatable {
    /// The lower bound of each bin; the first holds what is below it as well, the last what is above.
    public let bounds: [Double]
    public private(set) var counts: [Int]
    private var values: [Double] = []

    /// Bins from `least` on, `perDecade` of them to a factor of ten.
    public init(least: Double = 1, decades: Int = 6, perDecade: Int = 5) {
        bounds = (0..<decades * perDecade).map { least * pow(10, Double($0) / Double(perDecade)) }
        counts = bounds.map { _ in 0 }
    }

    public var total: Int { counts.reduce(0, +) }

    public mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        values.append(value)
        let above = bounds.firstIndex { $0 > value } ?? bounds.count
        counts[max(above - 1, 0)] += 1
    }

    /// The value that a share of all is not above, by nearest rank; nil without any.
    public func quantile(_ share: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank - 1, 0), values.count - 1)]
    }
}
