import Testing

@testable import Actuation

@Suite struct LimitMonitorTests {
    private static let limits = MotionLimits(lower: -1, upper: 1, velocity: 2, acceleration: 20, jerk: 1_000)!

    /// Violations of a sequence of positions at 10 ms, from rest at its first.
    private static func violations(_ positions: [Double], quantum: Double = 0) -> LimitMonitor.Violations {
        var monitor = LimitMonitor(limits: [limits], period: 0.01, quanta: [quantum])
        for position in positions { monitor.check(0, position) }
        return monitor.violations
    }

    @Test func motionAtTheLimitsIsNoViolation() {
        // Jerk 1000, 1000, −1000, −1000 rad/s³: accelerations 10, 20, 10, 0 rad/s².
        #expect(Self.violations([0, 0.001, 0.004, 0.008, 0.012]).total == 0)
    }

    @Test func eachLimitIsCountedOnItsOwn() {
        // One step of 10⁻³·1.01: the jerk is 1010 rad/s³ and nothing else is too much.
        let jerk = Self.violations([0, 0.001_01])
        #expect(jerk.jerk == 1 && jerk.total == 1)
        // Accelerations 10, 20 and 20.5 rad/s².
        let acceleration = Self.violations([0, 0.001, 0.004, 0.009_05])
        #expect(acceleration.acceleration == 1 && acceleration.total == 1)
        // A constant 2.1 rad/s, entered from nowhere.
        let velocity = Self.violations([0, 0.021, 0.042, 0.063])
        #expect(velocity.velocity == 3)
        #expect(Self.violations([1, 1.000_1]).position == 1)
        #expect(Self.violations([0, .nan]).notFinite == 1)
    }

    @Test func aPositionOutsideOnItsWayInIsNoViolation() {
        #expect(Self.violations([1.2, 1.199, 1.196]).position == 0)
        #expect(Self.violations([1.2, 1.201]).position == 1)
    }

    @Test func roundingToTheBusStepIsTolerated() {
        let step = 0.000_4
        let exact = [0, 0.001, 0.004, 0.008, 0.012]
        let rounded = exact.map { ($0 / step).rounded() * step }
        #expect(Self.violations(rounded).total > 0)
        #expect(Self.violations(rounded, quantum: step).total == 0)
    }
}
