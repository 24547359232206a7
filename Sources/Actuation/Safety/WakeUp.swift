/// The start of a robot: where each actuator is taken to stand, and the order in which they get torque, one at a time.
///
/// A bus that can measure says where its servos stand. A hobby servo cannot, so there the last commanded pulse counts,
/// or, if nothing was ever commanded, neutral is assumed; `starts` tells which, so that it can be said. Enabling one
/// actuator at a time keeps the inrush current of a whole face from browning out its supply.
public struct WakeUp: Sendable {
    /// Where an actuator is taken to stand.
    public struct Start: Sendable, Equatable {
        /// Radians.
        public let position: Double
        public let origin: Origin
    }

    public enum Origin: Sendable, Equatable, CaseIterable {
        /// The bus measured it.
        case measured
        /// The last pulse that was commanded; a servo without torque may have been turned by hand since.
        case lastCommanded
        /// Nothing is known of it.
        case assumedNeutral
    }

    /// Where each actuator starts, in the robot's order: what the limiter is reset to.
    public let starts: [Start]
    /// Which actuators have torque, in the robot's order: what buses are given with every frame.
    public private(set) var enabled: [Bool]

    private let ticksEach: Int
    private var tick = 0
    private var next = 0

    /// - Parameters:
    ///   - neutral: Neutral positions, rad, in the robot's order.
    ///   - measured: What buses measured, rad; nil or not finite where one cannot.
    ///   - lastCommanded: What was commanded last, rad; nil or not finite where nothing was.
    ///   - ticksEach: Control ticks from one actuator to the next, at least 1.
    public init(neutral: [Double], measured: [Double?] = [], lastCommanded: [Double?] = [], ticksEach: Int = 3) {
        func known(_ values: [Double?], _ index: Int) -> Double? {
            guard values.indices.contains(index), let value = values[index], value.isFinite else { return nil }
            return value
        }
        starts = neutral.enumerated().map { index, neutral in
            if let position = known(measured, index) { return Start(position: position, origin: .measured) }
            if let position = known(lastCommanded, index) { return Start(position: position, origin: .lastCommanded) }
            return Start(position: neutral, origin: .assumedNeutral)
        }
        enabled = Array(repeating: false, count: neutral.count)
        self.ticksEach = max(1, ticksEach)
    }

    /// Whether every actuator has torque.
    public var isDone: Bool { next == enabled.count }

    /// How many actuators started from that origin.
    public func count(of origin: Origin) -> Int { starts.count { $0.origin == origin } }

    /// Advances one control tick; allocates nothing.
    /// - Returns: The actuator that got its torque in this tick, if one did.
    public mutating func step() -> Int? {
        guard !isDone else { return nil }
        defer { tick += 1 }
        guard tick % ticksEach == 0 else { return nil }
        enabled[next] = true
        next += 1
        return next - 1
    }
}
