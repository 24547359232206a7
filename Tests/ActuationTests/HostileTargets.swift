import Actuation
import FaceKit
import Foundation

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

/// Draws in 0 ..< 1 from the counter-based generator, one after the other.
struct Draws {
    private let source: CounterRandom
    private var frame: UInt32 = 0

    init(seed: UInt64, stream: UInt32) { source = CounterRandom(seed: seed, system: .test, stream: stream) }

    mutating func next() -> Double {
        frame += 1
        return Double(source.uniform(frame: frame, draw: 0))
    }

    mutating func logUniform(_ low: Double, _ high: Double) -> Double { low * pow(high / low, next()) }
}
