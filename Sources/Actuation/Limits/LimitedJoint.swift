import Foundation

/// One actuator of a `MotionLimiter`.
///
/// Positions live on a lattice of 2⁻⁵¹ times the range's power of two, about 10⁻¹⁵ rad: every position, velocity,
/// acceleration and jerk is a whole number of lattice steps and every sum of them is exact, so finite differences of the
/// output obey the limits without rounding errors, and targets are reached exactly.
///
/// Why the limits hold. Let S be the quickest stop (`StoppingMotion`) and P the place where it ends. The rule keeps P
/// between the bounds at every tick, so that a legal way to rest is always at hand:
/// - Following S leaves P where it is.
/// - Towards a target above P, the acceleration is the largest for which P does not pass the target. It is at least S's,
///   so the whole way lies above S's, which kept the lower bound; and the way after it ends upwards (the released
///   velocity is positive, since S's acceleration is the last that keeps its sign), so its highest point is the new P.
///   Downwards is the mirror image.
/// - The released velocity stays within the velocity limit: S never raises it, and it bounds every velocity to come.
/// P rises with the acceleration, so that largest one is found by bracketing. Whole numbers let P miss by a few lattice
/// steps, which the next tick takes up.
struct LimitedJoint {
    private let step: Double
    private let lower, upper: Double
    /// How far beyond a limit a target is still at it: as much as rounding makes of one (`LimitMonitor.tolerance` of the
    /// range, and two steps).
    private let slack: Double
    private let velocity: Double
    private let stop: StoppingMotion
    private var p, v, a: Double

    init(limits: MotionLimits, period: Double) {
        // Below 2⁵³ steps there is room for nearly twice the range, and for nearly a whole turn, either way.
        let size = max(abs(limits.lower), abs(limits.upper), .pi)
        step = exp2(Double(size.exponent) - 51)
        let low = (limits.lower / step).rounded(.up)
        let high = (limits.upper / step).rounded(.down)
        // A range narrower than a step, and off the lattice, becomes the nearest point.
        let isEmpty = low > high
        lower = isEmpty ? (limits.lower / step).rounded() : low
        upper = isEmpty ? lower : high
        slack = (limits.upper - limits.lower) / step * LimitMonitor.tolerance + 2
        velocity = min((limits.velocity * period / step).rounded(.down), 0x1p51)
        stop = StoppingMotion(
            acceleration: min((limits.acceleration * period * period / step).rounded(.down), 2 * velocity),
            jerk: min((limits.jerk * period * period * period / step).rounded(.down), 4 * velocity))
        p = ((lower + upper) / 2).rounded()
        v = 0
        a = 0
    }

    var output: Double { p * step }

    var isAtRest: Bool { v == 0 && a == 0 }

    mutating func reset(to position: Double) {
        let middle = ((lower + upper) / 2).rounded()
        p = position.isFinite ? min(max((position / step).rounded(), -0x1.8p52), 0x1.8p52) : middle
        v = 0
        a = 0
    }

    mutating func step(towards target: Double, _ interventions: inout MotionLimiter.Interventions) -> Double {
        var goal = (target / step).rounded()
        if !target.isFinite {
            interventions.notFinite += 1
            goal = (p + stop.distance(v, a)).rounded()
        } else if goal < lower - slack || goal > upper + slack {
            interventions.outOfRange += 1
        }
        goal = min(max(goal, lower), upper)
        guard goal != p || v != 0 || a != 0 else { return output }
        guard stop.acceleration >= 1, stop.jerk >= 1 else { return output }

        let distance = goal - p
        let isUp = stop.distance(v, a) <= distance
        // Downwards is upwards in a mirror.
        let side: Double = isUp ? 1 : -1
        let chosen = Self.largestAcceleration(stop, velocity, side * v, side * a, side * distance)
        a = side * chosen.acceleration
        v += a
        p += v
        if chosen.isLimited, target.isFinite { interventions.held += 1 }
        return output
    }

    /// The largest acceleration of the next tick for which the stop after it ends at most `distance` ahead, given that
    /// it does when S is followed; and whether the limits allow no more although the target does.
    private static func largestAcceleration(
        _ stop: StoppingMotion, _ velocity: Double, _ v: Double, _ a: Double, _ distance: Double
    ) -> (acceleration: Double, isLimited: Bool) {
        let least = max(stop.nextAcceleration(v, a).rounded(.down), a - stop.jerk, -stop.acceleration)
        let fastest = v < velocity ? stop.release(velocity - v).rounded(.down) : 0
        let most = max(least, min(a + stop.jerk, stop.acceleration, fastest))
        var bracket = Bracket(stop: stop, v: v, distance: distance, low: least, high: most)
        return bracket.far >= 0 ? (most, bracket.far > 0) : (bracket.search(from: a), false)
    }
}

/// A pair of accelerations between which the largest lies for which the stop ends at the target and not beyond.
private struct Bracket {
    private let stop: StoppingMotion
    private let v, distance: Double
    private var low, high: Double
    /// How far before the target the stop ends after `low`; NaN until it is needed.
    private var near = Double.nan
    /// The same after `high`: negative, the stop ends beyond the target.
    private(set) var far: Double

    init(stop: StoppingMotion, v: Double, distance: Double, low: Double, high: Double) {
        self.stop = stop
        self.v = v
        self.distance = distance
        self.low = low
        self.high = high
        far = 0
        far = room(high)
    }

    @inline(__always)
    private func room(_ next: Double) -> Double { distance - (v + next) - stop.distance(v + next, next) }

    /// Narrows the bracket at a place inside it, and says whether the stop after that ends before the target.
    @inline(__always)
    private mutating func probe(_ place: Double) -> Bool {
        let middle = min(max(place.rounded(.down), low + 1), high - 1)
        let value = room(middle)
        if value >= 0 { (low, near) = (middle, value) } else { (high, far) = (middle, value) }
        return value >= 0
    }

    /// Regula falsi with the Illinois correction, and a bisection whenever that is slow.
    mutating func search(from a: Double) -> Double {
        // While a target is followed, the acceleration changes little: look around the present one first.
        if high - low > 1, a > low, a < high {
            let nearby = probe(a) ? a + stop.jerk / 8 : a - stop.jerk / 8
            if high - low > 1 { _ = probe(nearby) }
        }
        if near.isNaN { near = room(low) }
        guard near > 0 else { return low }
        var lastWasNear: Bool?
        for round in 0..<64 where high - low > 1 && near > abs(distance) * 0x1p-40 {
            let share = round % 4 == 3 ? 0.5 : near / (near - far)
            let isNear = probe(low + (high - low) * share)
            if isNear == lastWasNear {
                if isNear { far /= 2 } else { near /= 2 }
            }
            lastWasNear = isNear
        }
        return low
    }
}
