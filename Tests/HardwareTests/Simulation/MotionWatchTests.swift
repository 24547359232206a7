import FaceKit
import Foundation
import Hardware
import Testing

/// The expected answers come from motion whose derivatives are known in closed form.
@Suite struct MotionWatchTests {
    private static let period = 0.01

    /// `1500 + A sin ωt` µs in quarter microseconds; its extreme velocity is Aω, its acceleration Aω², its jerk Aω³.
    private func sine(_ step: Int, amplitude: Double = 200, omega: Double = 12) -> [Double] {
        [((1500 + amplitude * sin(omega * Self.period * Double(step))) * 4).rounded() / 4]
    }

    /// Limits that the sine of 200 µs and 12 rad/s just keeps.
    private func watch(velocity: Double = 1, acceleration: Double = 1, jerk: Double = 1) -> MotionWatch {
        let limits = RawLimits(
            minimum: 1000, maximum: 2000, velocity: 200 * 12 * velocity, acceleration: 200 * 144 * acceleration,
            jerk: 200 * 1728 * jerk)
        return MotionWatch(limits: [limits], period: Self.period)
    }

    @Test func roundedMotionAtTheLimitsIsNoViolation() {
        var watch = watch()
        for step in 0..<5000 { watch.observe(sine(step), arrival: nil) }
        #expect(watch.violations.total == 0)
        #expect(watch.frameCount == 5000)
    }

    @Test func fiveHundredthsTooFastIsSeen() {
        var watch = watch(velocity: 0.95, acceleration: 2, jerk: 2)
        for step in 0..<500 { watch.observe(sine(step), arrival: nil) }
        #expect(watch.violations.velocity > 0)
        #expect(watch.violations.acceleration == 0)
        #expect(watch.violations.jerk == 0)
    }

    @Test func fiveHundredthsTooMuchAccelerationIsSeen() {
        var watch = watch(velocity: 2, acceleration: 0.95, jerk: 2)
        for step in 0..<500 { watch.observe(sine(step), arrival: nil) }
        #expect(watch.violations.acceleration > 0)
        #expect(watch.violations.velocity == 0)
    }

    @Test func aFifthTooMuchJerkIsSeenThroughTheRounding() {
        // The rounding alone makes up to 1,000,000 µs/s³ at neighbouring samples, thrice the limit.
        var watch = watch(velocity: 2, acceleration: 2, jerk: 0.8)
        for step in 0..<500 { watch.observe(sine(step), arrival: nil) }
        #expect(watch.violations.jerk > 0)
        #expect(watch.violations.acceleration == 0)
    }

    @Test func oneJumpIsOneViolation() {
        var watch = watch()
        for step in 0..<200 { watch.observe([step < 100 ? 1500 : 1600], arrival: nil) }
        #expect(watch.violations.total == 1)
        #expect(watch.violationsByServo == [1])
    }

    @Test func leavingTheRangeIsAViolation() {
        var watch = watch()
        watch.observe([2000], arrival: nil)
        watch.observe([2000.25], arrival: nil)
        #expect(watch.violations.position == 1)
    }

    @Test func aServoWithoutPulsesStartsAfresh() {
        var watch = watch()
        for target in [1500, 1500, .nan, 1900, 1900] { watch.observe([target], arrival: nil) }
        #expect(watch.violations.total == 0)
    }

    @Test func framesReplacedOnTheirWayAreNoViolations() {
        var watch = watch()
        // The 3rd, 7th and 8th of every 50 frames never arrive; the others come when they were sent.
        for step in 0..<2000 where ![3, 7, 8].contains(step % 50) {
            watch.observe(sine(step), arrival: Nanoseconds(step) * 10_000_000)
        }
        #expect(watch.violations.total == 0)
        #expect(watch.stretchedCount > 0)
    }

    @Test func framesThatComeInBurstsAreNoViolations() {
        var watch = watch()
        // The reader sleeps through every second 120 ms and then finds all at once, two frames replaced among them.
        for step in 0..<2000 where ![44, 45].contains(step % 50) {
            let arrival = (40..<52).contains(step % 50) ? step / 50 * 50 + 52 : step
            watch.observe(sine(step), arrival: Nanoseconds(arrival) * 10_000_000)
        }
        #expect(watch.violations.total == 0)
    }

    @Test func lateStartsAndRandomDelaysAreNoViolations() {
        let random = CounterRandom(seed: 3, system: .test)
        func draw(_ step: Int, _ draw: UInt32) -> Double { Double(random.uniform(frame: UInt32(step), draw: draw)) }
        var watch = watch()
        var arrival: Nanoseconds = 0
        for step in 0..<5000 where draw(step, 0) > 0.03 {
            // The first frames are 40 ms late, the others up to 15 ms; none overtakes another.
            let delay = step < 10 ? 40e6 : draw(step, 1) * 15e6
            arrival = max(arrival, Nanoseconds(step) * 10_000_000 + Nanoseconds(delay))
            watch.observe(sine(step), arrival: arrival)
        }
        #expect(watch.violations.total == 0)
    }

    @Test func skippedPeriodsOfTheSenderAreNoViolations() {
        var watch = watch()
        var arrival: Nanoseconds = 0
        for step in 0..<1000 {
            arrival += step % 100 == 50 ? 200_000_000 : 10_000_000
            watch.observe(sine(step), arrival: arrival)
        }
        #expect(watch.violations.total == 0)
        #expect(watch.stretchedCount == 0)
    }

    @Test func elapsedTimeExcusesNoSenderThatIsAlwaysTooFast() {
        var watch = watch()
        // Twice the speed: every second step of the motion, one each period.
        for step in 0..<1000 { watch.observe(sine(2 * step), arrival: Nanoseconds(step) * 10_000_000) }
        #expect(watch.violations.total > 100)
    }
}
