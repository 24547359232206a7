import Foundation

/// A hobby servo on a Maestro channel: the board's pulse, shaped by its own speed and acceleration limits, and a shaft
/// that follows it late (first-order lag) and no faster than it can.
public struct SimulatedServo: Sendable {
    /// Where the shaft stands, in the pulse that would hold it there, µs.
    public private(set) var position: Double
    /// The way the shaft has gone, µs.
    public private(set) var travel = 0.0
    /// The pulse the board sends, µs; nil while it sends none and the shaft is free.
    public private(set) var pulse: Double?
    /// The last target, quarter microseconds; 0 is no pulses.
    public private(set) var target: UInt16 = 0
    /// The least and greatest target received, quarter microseconds.
    public private(set) var targetRange: ClosedRange<UInt16>?
    /// The board's speed limit, 0.25 µs / 10 ms; 0 is none.
    public var boardSpeed: UInt16 = 0
    /// The board's acceleration limit, 0.25 µs / 10 ms / 80 ms; 0 is none.
    public var boardAcceleration: UInt16 = 0
    /// The play between motor and shaft, µs.
    public var backlash = 0.0
    /// Where its mechanism ends, µs; it pushes in vain beyond.
    public var stops: ClosedRange<Double>?

    private var pulseVelocity = 0.0
    private var motor: Double
    private let fastest: Double
    private let share: Double

    /// The time between two steps, seconds. Maestro shapes its pulses every 10 ms; half of that keeps the lag smooth.
    static let step = 0.005

    /// - Parameters:
    ///   - position: where the shaft stands at power-up, µs.
    ///   - lag: time constant of the shaft, seconds.
    ///   - fastest: the most the shaft can move, µs a second.
    public init(position: Double, lag: Double = 0.03, fastest: Double = 6000) {
        self.position = position
        motor = position
        self.fastest = fastest
        share = lag > 0 ? 1 - exp(-Self.step / lag) : 1
    }

    /// Whether the board's pulse is still on its way to the target.
    public var isMoving: Bool { pulse.map { $0 != Double(target) / 4 } ?? false }

    public mutating func setTarget(_ quarterMicroseconds: UInt16) {
        target = quarterMicroseconds
        guard target > 0 else {
            pulse = nil
            return
        }
        targetRange =
            targetRange.map { min($0.lowerBound, target)...max($0.upperBound, target) } ?? target...target
        // From no pulses the board starts at the target at once: it cannot know where the shaft is.
        if pulse == nil || (boardSpeed == 0 && boardAcceleration == 0) {
            pulse = Double(target) / 4
            pulseVelocity = 0
        }
    }

    /// Lets one step of time pass.
    mutating func advance() {
        guard let pulse = shapedPulse() else { return }
        self.pulse = pulse
        let reach = fastest * Self.step
        motor += max(-reach, min(reach, (pulse - motor) * share))
        if let stops { motor = min(max(motor, stops.lowerBound), stops.upperBound) }
        let before = position
        position = min(max(position, motor - backlash / 2), motor + backlash / 2)
        travel += abs(position - before)
    }

    private mutating func shapedPulse() -> Double? {
        guard let pulse else { return nil }
        let way = Double(target) / 4 - pulse
        guard way != 0 else {
            pulseVelocity = 0
            return pulse
        }
        var speed = boardSpeed == 0 ? Double.infinity : Double(boardSpeed) * 25
        if boardAcceleration > 0 {
            let acceleration = Double(boardAcceleration) * 312.5
            let towards = way > 0 ? pulseVelocity : -pulseVelocity
            speed = min(speed, max(0, towards) + acceleration * Self.step, (2 * acceleration * abs(way)).squareRoot())
            // The last part of a step must not take forever.
            speed = max(speed, acceleration * Self.step)
        }
        let moved = max(-speed * Self.step, min(speed * Self.step, way))
        pulseVelocity = moved / Self.step
        return abs(way - moved) < 1e-9 ? Double(target) / 4 : pulse + moved
    }
}
