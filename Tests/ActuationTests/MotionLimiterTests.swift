import CAllocationCounter
import Foundation
import Testing

@testable import Actuation

@Suite struct MotionLimiterTests {
    /// A mouth servo of the shipped face.
    static let mouth = MotionLimits(lower: -0.5, upper: 0.6, velocity: 7, acceleration: 140, jerk: 5600)!

    static func resting(at position: Double, period: Double = 0.01) -> MotionLimiter {
        var limiter = MotionLimiter(limits: [mouth], period: period)
        limiter.reset(to: [position])
        return limiter
    }

    @Test func aTargetIsReachedExactlyWithoutOvershootAndKept() {
        var limiter = Self.resting(at: 0)
        var highest = -Double.infinity
        for _ in 0..<60 { highest = max(highest, limiter.step(0.25)) }
        #expect(highest == 0.25)
        #expect(limiter.isAtRest)
        for _ in 0..<1_000 { #expect(limiter.step(0.25) == 0.25) }
    }

    @Test func stepsTakeAtMostThreeTicksLongerThanTheTimeOptimalOnesOfRuckig() throws {
        let path = Bundle.module.bundlePath + "/Golden/ruckig_steps.csv"
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
        #expect(lines.count > 80)
        let period = 0.01
        for line in lines {
            let row = line.split(separator: ",").compactMap { Double($0) }
            let limits = try #require(
                MotionLimits(lower: -2, upper: 2, velocity: row[0], acceleration: row[1], jerk: row[2]))
            let turn = Int((row[4] / period).rounded())
            var limiter = MotionLimiter(limits: [limits], period: period)
            limiter.reset(to: [0])
            let goal = turn > 0 ? 0 : row[3]
            var arrival = 0
            for tick in 1...(2 * Int(row[5] / period) + 50) {
                let position = limiter.step(turn > 0 && tick > turn ? 0 : row[3])
                #expect(position <= row[3] + 1e-12)
                if abs(position - goal) > 1e-9 { arrival = tick + 1 }
            }
            #expect(limiter.isAtRest && abs(limiter.position(0) - goal) < 1e-14, "\(line)")
            #expect(Double(arrival) <= row[5] / period + 3, "\(line)")
        }
    }

    @Test func aTargetThatIsNotANumberBrakesAndCounts() {
        var limiter = Self.resting(at: 0)
        for _ in 0..<5 { _ = limiter.step(0.5) }
        var output = [0.0]
        var count = 0
        for _ in 0..<60 {
            var span = output.mutableSpan
            count += limiter.step(targets: [Double.nan].span, output: &span).notFinite
        }
        #expect(count == 60)
        #expect(limiter.isAtRest)
        #expect(output[0] > 0 && output[0] < 0.5)
    }

    @Test func aTargetThatCanBeFollowedIsNoInterventionAndAJumpIsOne() {
        var limiter = Self.resting(at: 0)
        var output = [0.0]
        var sum = MotionLimiter.Interventions()
        for tick in 0..<500 {
            var span = output.mutableSpan
            // 0.1 rad at 0.5 Hz: at most 0.3 rad/s and 1 rad/s².
            sum += limiter.step(targets: [0.1 * sin(.pi * Double(tick) * 0.01)].span, output: &span)
        }
        #expect(sum.total == 0)
        var span = output.mutableSpan
        #expect(limiter.step(targets: [0.6].span, output: &span).held == 1)
    }

    @Test func aTargetOutsideTheRangeStopsAtTheLimitAndCounts() {
        var limiter = Self.resting(at: 0)
        var output = [0.0]
        var sum = MotionLimiter.Interventions()
        for _ in 0..<60 {
            var span = output.mutableSpan
            sum += limiter.step(targets: [1e300].span, output: &span)
        }
        #expect(sum.outOfRange == 60)
        // The largest lattice point that is not above the limit.
        #expect(output[0] <= 0.6 && output[0] > 0.6 - 1e-14)
    }

    /// Positions live on a lattice whose outermost points lie inside of the limits: most limits lie between two points.
    @Test func aTargetAtALimitIsInsideAndOneBeyondItIsNot() throws {
        func outOfRange(_ limits: MotionLimits, _ target: Double) -> Int {
            var limiter = MotionLimiter(limits: [limits], period: 0.01)
            limiter.reset(to: [(limits.lower + limits.upper) / 2])
            var output = [0.0]
            var span = output.mutableSpan
            return limiter.step(targets: [target].span, output: &span).outOfRange
        }
        // The pulses of a Maestro's servos, in radians: of both drawstrings of the shipped face, and all around them.
        for pulse in stride(from: 800.0, through: 2_200, by: 7) {
            let scale = ServoScale.maestro(radiansPerMicrosecond: 0.09 * .pi / 180)
            let (low, high) = (scale.radians(ofRaw: pulse), scale.radians(ofRaw: pulse + 496))
            let limits = try #require(
                MotionLimits(lower: low, upper: high, velocity: 7, acceleration: 140, jerk: 5600))
            for (limit, outwards) in [(low, -1.0), (high, 1)] {
                #expect(outOfRange(limits, limit) == 0, "\(pulse) µs")
                // What sums and products make of it.
                #expect(outOfRange(limits, limit + outwards * 2e-15) == 0, "\(pulse) µs")
                // A thousandth of a Maestro's smallest step.
                #expect(outOfRange(limits, limit + outwards * 4e-7) == 1, "\(pulse) µs")
            }
        }
    }

    @Test func aStartOutsideTheLimitsGoesMonotonicallyInEvenWithoutATarget() {
        for target in [Double.nan, -0.5, 0.1, 0.6, 9] {
            var limiter = Self.resting(at: 1.5)
            var last = 1.5
            for _ in 0..<100 where last > 0.6 {
                let position = limiter.step(target)
                #expect(position <= last)
                last = position
            }
            #expect(last <= 0.6)
        }
    }

    @Test func aPositionThatIsNotFiniteStartsInTheMiddle() {
        var limiter = Self.resting(at: .nan)
        #expect(abs(limiter.position(0) - 0.05) < 1e-14)
        limiter.reset(0, to: .infinity)
        #expect(abs(limiter.position(0) - 0.05) < 1e-14)
    }

    @Test func brakingIsNoIntervention() {
        var limiter = Self.resting(at: 0)
        for _ in 0..<5 { _ = limiter.step(0.5) }
        var output = [0.0]
        for _ in 0..<60 {
            var span = output.mutableSpan
            limiter.brake(output: &span)
        }
        #expect(limiter.isAtRest)
    }

    @Test func aStepAllocatesNothing() {
        let count = 23
        var limiter = MotionLimiter(limits: Array(repeating: Self.mouth, count: count), period: 0.01)
        let targets = (0..<count).map { Double($0) / 30 - 0.4 }
        var output = Array(repeating: 0.0, count: count)
        var sum = MotionLimiter.Interventions()
        var before: Int64 = 0
        for round in 0..<1_001 {
            // The first step may meet code that was never used in this process.
            if round == 1 { before = mien_allocation_count() }
            var span = output.mutableSpan
            sum += limiter.step(targets: targets.span, output: &span)
        }
        #expect(mien_allocation_count() == before)
        #expect(sum.total > 0)
    }

    @Test func theStopsClosedFormIsWhatSteppingGives() {
        var random = Draws(seed: 3, stream: 0)
        for _ in 0..<500 {
            let jerk = random.logUniform(0.1, 100)
            let stop = StoppingMotion(acceleration: random.logUniform(0.01, 100), jerk: jerk)
            var a = (random.next() * 2 - 1) * stop.acceleration
            var v = (random.next() * 2 - 1) * random.logUniform(0.01, 300)
            let predicted = stop.distance(v, a)
            var walked = 0.0
            var scale = abs(v)
            for _ in 0..<20_000 where abs(v) > 1e-9 || abs(a) > 1e-9 {
                a = stop.nextAcceleration(v, a)
                v += a
                walked += v
                scale += abs(v)
            }
            #expect(abs(predicted - walked) <= 1e-9 * scale + 1e-6, "\(stop)")
        }
    }
}
