import Actuation

/// How far the worst value went beyond each limit, as a share of the limit.
struct Excess: CustomStringConvertible {
    var position = -1.0, velocity = -1.0, acceleration = -1.0, jerk = -1.0

    var isBroken: Bool { !(max(position, velocity, acceleration, jerk) <= 1e-9) }

    var description: String {
        "position \(position), velocity \(velocity), acceleration \(acceleration), jerk \(jerk)"
    }
}

/// Finite differences of the output and nothing else; a NaN counts as broken.
struct Checker {
    let limits: MotionLimits
    let period: Double
    private var p = 0.0, v = 0.0, a = 0.0

    init(limits: MotionLimits, period: Double) {
        self.limits = limits
        self.period = period
    }

    mutating func start(_ position: Double) {
        (p, v, a) = (position, 0, 0)
    }

    mutating func check(_ position: Double, _ worst: inout Excess) {
        let velocity = (position - p) / period
        let acceleration = (velocity - v) / period
        let jerk = (acceleration - a) / period
        // Outside the range the motion must go in, and never through and out at the other side.
        let lowest = min(limits.lower, p)
        let highest = max(limits.upper, p)
        // A range below a milliradian is held to 10⁻¹² rad, some lattice steps of the limiter.
        let outside = max(lowest - position, position - highest) / max(limits.upper - limits.lower, 1e-3)
        func raise(_ value: inout Double, _ found: Double) { value = found.isNaN ? .infinity : max(value, found) }
        raise(&worst.position, outside)
        raise(&worst.velocity, abs(velocity) / limits.velocity - 1)
        raise(&worst.acceleration, abs(acceleration) / limits.acceleration - 1)
        raise(&worst.jerk, abs(jerk) / limits.jerk - 1)
        (p, v, a) = (position, velocity, acceleration)
    }
}

extension MotionLimiter {
    /// One step of a limiter with one actuator.
    mutating func step(_ target: Double) -> Double {
        let targets = [target]
        var output = [0.0]
        var span = output.mutableSpan
        _ = step(targets: targets.span, output: &span)
        return output[0]
    }
}
