import Foundation

/// The body of a bus servo: a motor that follows its goal late and no faster than it can, play between motor and horn,
/// warmth that comes with load. All positions are in the bus' raw unit.
public struct ServoBody: Sendable {
    /// Where the horn stands.
    public private(set) var position: Double
    /// The way the horn has gone.
    public private(set) var travel = 0.0
    /// Where it is to go; nil while it is not driven and the horn is free.
    public var goal: Double?
    /// −1 to 1 of its most torque.
    public private(set) var load = 0.0
    /// °C.
    public private(set) var temperature = 25.0
    /// Whether something blocks it: it pushes with all it has.
    public var isBlocked = false
    /// Where its mechanism ends, raw; it pushes in vain beyond.
    public var stops: ClosedRange<Double>?
    /// The most that it may push, 0 to 1.
    public var torqueLimit = 1.0
    /// Seconds that it has pushed in vain.
    public private(set) var stalledFor = 0.0
    /// The play between motor and horn.
    public var backlash: Double

    private var motor: Double
    private let fastest: Double
    private let share: Double

    /// The time between two steps, seconds.
    static let step = 0.005
    private static let ambient = 25.0
    /// The warmth of full load is reached with this time constant, seconds, and is so many °C.
    private static let warming = (timeConstant: 60.0, rise: 60.0)

    /// - Parameters:
    ///   - position: where the horn stands at power-up.
    ///   - fastest: the most that it can move in a second.
    ///   - lag: time constant of the motor, seconds.
    public init(position: Double, fastest: Double, lag: Double = 0.03, backlash: Double = 0) {
        self.position = position
        motor = position
        self.fastest = fastest
        self.backlash = backlash
        share = lag > 0 ? 1 - exp(-Self.step / lag) : 1
    }

    /// Whether it is still on its way.
    public var isMoving: Bool { goal.map { abs($0 - motor) > 1 } ?? false }

    /// Makes it as hot as told; it cools down by itself.
    public mutating func heat(to temperature: Double) { self.temperature = temperature }

    /// Lets one step of time pass.
    mutating func advance() {
        var way = 0.0
        if let goal, !isBlocked {
            let reach = fastest * Self.step
            way = max(-reach, min(reach, (goal - motor) * share))
            let free = motor + way
            let held = stops.map { min(max(free, $0.lowerBound), $0.upperBound) } ?? free
            way = held - motor
            motor = held
        }
        let before = position
        position = min(max(position, motor - backlash / 2), motor + backlash / 2)
        travel += abs(position - before)
        if isBlocked, let goal, goal != motor {
            load = goal > motor ? 1 : -1
        } else if let goal, let stops,
            motor <= stops.lowerBound ? goal < motor - 1 : motor >= stops.upperBound && goal > motor + 1
        {
            load = goal > motor ? torqueLimit : -torqueLimit
        } else {
            load = goal == nil ? 0 : 0.05 + 0.6 * abs(way) / (fastest * Self.step)
            if way < 0 { load = -load }
        }
        stalledFor = abs(load) >= torqueLimit && goal != nil ? stalledFor + Self.step : 0
        let towards = Self.ambient + Self.warming.rise * load * load
        temperature += (towards - temperature) * Self.step / Self.warming.timeConstant
    }
}
