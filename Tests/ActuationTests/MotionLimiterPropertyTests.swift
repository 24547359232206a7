import FaceKit
import Foundation
import Testing

@testable import Actuation

/// Ten million ticks of hostile targets (`MIEN_SOAK=1`; otherwise 1 % of it) against a checker of its own.
@Suite struct MotionLimiterPropertyTests {
    @Test func noTargetsWhateverBreakALimit() {
        let ticks = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 10_000_000 : 100_000
        let perSet = 2_000
        var worst = Excess()
        for set in 0..<(ticks / perSet) {
            var random = Draws(seed: 7, stream: UInt32(set))
            let period = [0.002, 0.005, 0.01, 0.02][Int(random.next() * 4)]
            let limits = Self.limits(&random, period)
            var limiter = MotionLimiter(limits: [limits], period: period)
            var checker = Checker(limits: limits, period: period)
            if random.next() < 0.2 {
                let start = limits.lower + (random.next() * 5 - 2) * (limits.upper - limits.lower)
                limiter.reset(to: [start])
            }
            checker.start(limiter.position(0))
            var targets = HostileTargets(limits: limits, period: period, random: random)
            for tick in 0..<perSet {
                let asked = targets.next(position: limiter.position(0), tick: tick)
                let reached = limiter.step(asked)
                checker.check(reached, &worst)
            }
            if worst.isBroken {
                Issue.record("set \(set): \(limits), period \(period): \(worst)")
                return
            }
        }
        print("limiter: \(ticks) ticks, worst excess relative to each limit: \(worst)")
    }

    /// A set of limits, each drawn log-uniformly over many decades.
    static func limits(_ random: inout Draws, _ period: Double) -> MotionLimits {
        let range = random.logUniform(1e-6, 10)
        let lower = random.next() < 0.1 ? 0 : random.next() * 6 - 3
        let isTypical = random.next() < 0.3
        let velocity = isTypical ? random.logUniform(1, 10) : random.logUniform(1e-3, 1e4)
        let acceleration = isTypical ? random.logUniform(30, 300) : random.logUniform(1e-2, 1e7)
        let jerk = isTypical ? random.logUniform(1e3, 2e4) : random.logUniform(1, 1e10)
        return MotionLimits(
            lower: lower, upper: lower + range, velocity: velocity, acceleration: acceleration, jerk: jerk)!
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

/// Draws in 0 ..< 1 from the counter-based generator.
struct Draws {
    private let seed: UInt64
    private let stream: UInt32
    private var frame: UInt32 = 0

    init(seed: UInt64, stream: UInt32) {
        self.seed = seed
        self.stream = stream
    }

    mutating func next() -> Double {
        frame += 1
        var bits = (UInt64(stream) << 32 | UInt64(frame)) &* 0x9E37_79B9_7F4A_7C15 &+ seed
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
    }

    mutating func logUniform(_ low: Double, _ high: Double) -> Double { low * pow(high / low, next()) }
}

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

/// Targets meant to catch a limiter out: each kind lasts a random while, then another takes over.
struct HostileTargets {
    let limits: MotionLimits
    let period: Double
    var random: Draws
    private var kind = 0
    private var left = 0
    private var parameter = 0.0
    private var last = 0.0

    init(limits: MotionLimits, period: Double, random: Draws) {
        self.limits = limits
        self.period = period
        self.random = random
    }

    mutating func next(position: Double, tick: Int) -> Double {
        let range = limits.upper - limits.lower
        if left == 0 {
            kind = Int(random.next() * 10)
            left = Int(random.logUniform(1, 400))
            parameter = random.next()
            last = limits.lower + random.next() * range
        }
        left -= 1
        switch kind {
        case 0: return last
        case 1: return limits.lower + range * random.next()
        case 2:
            // Near the frequency at which the limits themselves swing.
            let swing = (limits.acceleration / range).squareRoot() * (0.2 + 2 * parameter)
            return (limits.lower + limits.upper) / 2 + range * sin(swing * Double(tick) * period)
        case 3:
            return [Double.nan, .infinity, -.infinity, 1e300, -1e300, 0, -0.0, .leastNonzeroMagnitude][
                Int(random.next() * 8)]
        case 4: return Int(Double(tick) * (0.01 + parameter)) % 2 == 0 ? limits.upper : limits.lower
        case 5: return random.next() < 0.1 ? limits.lower : limits.upper
        case 6: return position + (random.next() - 0.5) * range * 1e-3
        case 7: return position + (parameter - 0.5) * 1e-12
        case 8: return parameter < 0.5 ? limits.upper : limits.lower
        default:
            last += limits.velocity * period * (parameter - 0.5) * 4
            return last
        }
    }
}
