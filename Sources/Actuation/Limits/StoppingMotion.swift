/// The quickest way to rest of a point whose acceleration may change by at most `jerk` a tick and be at most
/// `acceleration`, in closed form.
///
/// Units are a lattice step and a tick, so that velocity is steps a tick, acceleration steps a tick², and so on:
/// `a ← a + j`, `v ← v + a`, `p ← p + v`. The way is Markov: brake as hard as jerk and acceleration allow, and let go in
/// time so that velocity and acceleration reach 0 together, without the velocity changing sign. In continuous time it is
/// the time-optimal stop.
struct StoppingMotion {
    let acceleration: Double
    let jerk: Double

    /// The velocity at which the acceleration reaches 0 when it is let go as fast as the jerk allows.
    ///
    /// Its sign says which way a stop brakes; keeping it within the velocity limit keeps every later velocity there.
    @inline(__always)
    func releasedVelocity(_ v: Double, _ a: Double) -> Double {
        let size = abs(a)
        guard size > jerk else { return v }
        let ticks = (size / jerk).rounded(.up)
        let gain = (ticks - 1) * (size - jerk * ticks / 2)
        return a > 0 ? v + gain : v - gain
    }

    /// The acceleration x ≥ 0 that, applied now and let go as fast as the jerk allows, adds up to a velocity ≥ 0.
    @inline(__always)
    func release(_ velocity: Double) -> Double {
        let ticks = releaseTicks(velocity)
        return (ticks - 1) * jerk + (velocity - jerk * ticks * (ticks - 1) / 2) / ticks
    }

    /// The number of ticks of such a release: the smallest n ≥ 1 with `jerk · n (n + 1) / 2 ≥ velocity`.
    @inline(__always)
    private func releaseTicks(_ velocity: Double) -> Double {
        max(1, (((1 + 8 * velocity / jerk).squareRoot() - 1) / 2).rounded(.up))
    }

    /// The acceleration of the next tick on the way to rest.
    @inline(__always)
    func nextAcceleration(_ v: Double, _ a: Double) -> Double {
        guard releasedVelocity(v, a) >= 0 else { return -brake(-v, -a) }
        return brake(v, a)
    }

    /// `nextAcceleration` where the released velocity is not negative.
    @inline(__always)
    private func brake(_ v: Double, _ a: Double) -> Double {
        let released = v >= 0 ? -release(v) : release(-v)
        return min(max(released, a - jerk, -acceleration), a + jerk)
    }

    /// How far the point goes until it rests: the sum of all later velocities.
    @inline(__always)
    func distance(_ v: Double, _ a: Double) -> Double {
        guard releasedVelocity(v, a) >= 0 else { return -forwardDistance(-v, -a) }
        return forwardDistance(v, a)
    }

    /// `distance` where the released velocity is not negative.
    ///
    /// The acceleration falls by the jerk a tick. That ramp is followed on a parabola of ticks that starts where the
    /// acceleration is `c` in 0 ..< jerk: after i ticks from there it is `c − i·jerk`, so the state now is at i = m, and
    /// all sums are polynomials in i. It ends after k ticks, where letting go is due, or where the acceleration limit is
    /// met and held for h ticks; the release that follows is a sum of its own.
    @inline(__always)
    private func forwardDistance(_ v: Double, _ a: Double) -> Double {
        let m = -(a / jerk).rounded(.down)
        let c = a + m * jerk
        let v0 = v - m * c + jerk * m * (m + 1) / 2
        let root = c * c + jerk * (v0 - c)
        let free = root > 0 ? ((c + root.squareRoot()) / jerk).rounded(.down) : 0
        let held = ((acceleration + c) / jerk).rounded(.down)
        let k = max(min(free, held), m, 0)
        let velocityAtEnd = v0 + k * c - jerk * k * (k + 1) / 2
        var sum = (k - m) * v0 + c * (k * (k + 1) - m * (m + 1)) / 2
        sum -= jerk * (k * (k + 1) * (k + 2) - m * (m + 1) * (m + 2)) / 6
        var remaining = velocityAtEnd
        if free >= held {
            let limit = StoppingMotion.releaseLoss(acceleration, jerk)
            let h = max(0, ((velocityAtEnd - limit) / acceleration).rounded(.down))
            sum += h * velocityAtEnd - acceleration * h * (h + 1) / 2
            remaining -= h * acceleration
        }
        guard remaining > 0 else { return sum }
        let n = releaseTicks(remaining)
        let f = (remaining - jerk * n * (n - 1) / 2) / n
        return sum + f * n * (n - 1) / 2 + jerk * n * (n - 1) * (n - 2) / 6
    }

    /// What the velocity loses while a braking of size `a` is let go, the present tick not counted.
    @inline(__always)
    private static func releaseLoss(_ a: Double, _ jerk: Double) -> Double {
        let ticks = max(1, (a / jerk).rounded(.up))
        return (ticks - 1) * (a - jerk * ticks / 2)
    }
}
