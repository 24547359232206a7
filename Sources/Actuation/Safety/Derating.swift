/// How much of its way each actuator may use while it is hot or pushes hard: 1 all, 0 none, at neutral.
///
/// Heat takes away in proportion between two temperatures. Load beyond what a servo may bear for long fills a reservoir,
/// and what is in it is taken away; it empties when the servo rests. An actuator that reached the upper temperature is let
/// go once it is at neutral, until it has cooled to the lower. Allocates nothing after `init`.
public struct Derating: Sendable {
    /// When it begins and ends.
    public struct Rule: Sendable, Equatable {
        /// °C from which, and at which all, of the way is taken away.
        public var warm = 50.0
        public var hot = 65.0
        /// The share of its most torque that a servo may give for long, and for how many seconds all of it.
        public var load = 0.7
        public var loadTime = 2.0

        public init() {}
    }

    /// What a servo last said of itself; NaN where it does not say.
    public struct Strain: Sendable, Equatable {
        /// °C.
        public var temperature: Float
        /// −1 to 1 of its most torque.
        public var load: Float
        /// Where it stands, rad.
        public var position: Float

        public init(temperature: Float, load: Float, position: Float = .nan) {
            self.temperature = temperature
            self.load = load
            self.position = position
        }
    }

    private let rule: Rule
    private let period: Double
    private var reservoir: [Double]
    private var isReleased: [Bool]
    private var shares: [Double]

    /// Share regained or lost in a second at most.
    private static var pace: Double { 0.5 }

    /// - Parameter period: seconds between two steps.
    public init(count: Int, rule: Rule = Rule(), period: Double) {
        self.rule = rule
        self.period = period
        reservoir = Array(repeating: 0, count: count)
        isReleased = Array(repeating: false, count: count)
        shares = Array(repeating: 1, count: count)
    }

    /// Takes in what one actuator's servo says; nil where it says nothing, which leaves it all its way.
    /// - Returns: how much of its way it may use, and whether it was let go before and is now.
    @discardableResult
    public mutating func step(_ index: Int, _ strain: Strain?) -> (share: Double, wasReleased: Bool, isReleased: Bool) {
        let wasReleased = isReleased[index]
        let temperature = Double(strain?.temperature ?? .nan)
        let load = abs(Double(strain?.load ?? .nan))
        let excess = load.isFinite ? min(load, 1) - rule.load : -rule.load
        let rate = excess / (excess > 0 ? 1 - rule.load : 3 * rule.load) / rule.loadTime
        reservoir[index] = min(max(reservoir[index] + rate * period, 0), 1)
        var wanted = 1 - reservoir[index]
        if temperature.isFinite {
            wanted = min(wanted, max(0, min(1, (rule.hot - temperature) / (rule.hot - rule.warm))))
            if temperature >= rule.hot, shares[index] == 0 { isReleased[index] = true }
            if temperature < rule.warm { isReleased[index] = false }
        }
        let most = Self.pace * period
        shares[index] += max(-most, min(most, wanted - shares[index]))
        return (shares[index], wasReleased, isReleased[index])
    }

    /// How much of its way an actuator may use, 0 to 1.
    public func share(_ index: Int) -> Double { shares[index] }

    /// Whether an actuator is too hot to be driven at all.
    public func mustRelease(_ index: Int) -> Bool { isReleased[index] }

    /// How many actuators are held back.
    public var count: Int {
        var count = 0
        for index in shares.indices where shares[index] < 1 { count += 1 }
        return count
    }
}
