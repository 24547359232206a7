import Actuation
import FaceKit
import Foundation
import Testing

/// Ten million ticks of hostile targets (`MIEN_SOAK=1`; otherwise 1 % of it) against a checker of its own.
@Suite struct MotionLimiterSoakTests {
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
            #expect(!worst.isBroken, "set \(set): \(limits), period \(period): \(worst)")
            if worst.isBroken { return }
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
