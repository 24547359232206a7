import FaceKit

/// A judge of received targets: it counts where their position, velocity, acceleration or jerk cannot have come from
/// motion within the limits.
///
/// **Tolerance.** A target arrives rounded to its bus' step (a Maestro's quarter microsecond), so each sample is known to
/// half a step (±0.125 µs) and no closer.
/// Velocity, acceleration and jerk are divided differences of 2, 3 and 4 samples. Motion within the limits has every
/// divided difference, over equal steps or unequal ones, within them too (mean value theorem; its discrete form holds for
/// limiters that define velocity by backward differences), so a difference beyond the limit by more than the rounding of
/// its samples can explain is a violation. At neighbouring samples that tolerance is wide (at 100 Hz: 25 µs/s,
/// 5,000 µs/s², 1,000,000 µs/s³), so the differences are also taken over 2, 4, 8 and 16 steps, where it falls with the
/// stride's first, second and third power (jerk over 16 steps: 244 µs/s³).
///
/// **Time.** Bytes carry no time stamps. Each frame is one step of the sender's limiter, one control period, unless the
/// sender's writer replaced frames that it had no time to send; then one received frame is several steps. Frames travel
/// unevenly, so elapsed time says only how many steps there can have been at most. When a frame breaks a limit as one
/// step, the judge looks for the shortest stretch of one recent interval, within the time that really passed, that makes
/// everything fit; that interval counts as stretched and is not a violation. Only what no such reading explains is one.
/// Without arrival times (on the virtual clock, where nothing is replaced) every frame is exactly one step.
public struct MotionWatch: Sendable {
    private static let strides = [1, 2, 4, 8, 16]
    private static let slots = 64
    /// Intervals that are looked at for a stretch.
    private static let searched = 16
    /// Steps granted beyond the elapsed time, because the first frames may have been the late ones.
    private static let grant = 3

    private let limits: [RawLimits]
    private let period: Double

    private var times = [Int](repeating: 0, count: slots)
    private var samples: [Double]
    private var since: [Int]
    private var frame = -1
    private var leastDelay = Double.infinity
    private var granted = grant

    /// Violations so far, over all servos.
    public private(set) var violations = ViolationCounts()
    /// Violations of each servo.
    public private(set) var violationsByServo: [Int]
    /// Intervals read as more than one step.
    public private(set) var stretchedCount = 0

    /// - Parameters:
    ///   - limits: one for each servo.
    ///   - period: the control period, seconds.
    public init(limits: [RawLimits], period: Double) {
        self.limits = limits
        self.period = period
        samples = Array(repeating: .nan, count: limits.count * Self.slots)
        since = Array(repeating: 0, count: limits.count)
        violationsByServo = Array(repeating: 0, count: limits.count)
    }

    /// Frames judged so far.
    public var frameCount: Int { frame + 1 }

    /// Forgets the past, as after a power cycle of the servos; counts stay.
    public mutating func restart() {
        for servo in since.indices { since[servo] = frame + 1 }
        leastDelay = .infinity
        granted = Self.grant
    }

    /// Judges one frame.
    ///
    /// - Parameters:
    ///   - targets: raw values, one for each servo, NaN for one that is not driven.
    ///   - arrival: when it came, nil where every frame is exactly one step.
    public mutating func observe(_ targets: [Double], arrival: Nanoseconds?) {
        let previous = frame
        frame += 1
        times[frame % Self.slots] = previous < 0 ? 0 : times[previous % Self.slots] + 1
        for servo in limits.indices {
            samples[servo * Self.slots + frame % Self.slots] = targets[servo]
            if targets[servo].isNaN {
                since[servo] = frame + 1
            } else if targets[servo] < limits[servo].minimum - 1e-6 || targets[servo] > limits[servo].maximum + 1e-6 {
                violations.position += 1
                violationsByServo[servo] += 1
            }
        }
        let spare = arrival.map { spareSteps($0) } ?? 0
        guard !fits(frame) else { return }
        if spare > 0, stretch(by: spare) { return }
        countViolations()
    }

    // MARK: - Time

    /// How many steps more than counted can have passed, judged by the least delay seen so far.
    private mutating func spareSteps(_ arrival: Nanoseconds) -> Int {
        let delay = Double(arrival) / 1e9 - Double(times[frame % Self.slots]) * period
        leastDelay = min(leastDelay, delay)
        // Periods that the sender skipped are no credit for ever: they fade within a second or so.
        leastDelay += (delay - leastDelay) * min(1, period)
        if frame % 100 == 0 { granted = min(granted + 1, Self.grant) }
        return Int(((delay - leastDelay) / period + 0.5).rounded(.down)) + granted
    }

    /// Reads one recent interval as longer, if that makes everything since fit.
    private mutating func stretch(by spare: Int) -> Bool {
        for extra in 1...min(spare, 50) {
            for first in stride(from: frame, to: max(0, frame - Self.searched), by: -1) {
                shift(from: first, by: extra)
                if (first...frame).allSatisfy({ fits($0) }) {
                    stretchedCount += 1
                    // The grant pays what elapsed time does not.
                    let unpaid = extra - (spare - granted)
                    if unpaid > 0 {
                        granted -= unpaid
                        leastDelay -= Double(unpaid) * period
                    }
                    return true
                }
                shift(from: first, by: -extra)
            }
        }
        return false
    }

    private mutating func shift(from first: Int, by steps: Int) {
        for index in first...frame { times[index % Self.slots] += steps }
    }

    // MARK: - Limits

    private enum Breach { case velocity, acceleration, jerk }

    private func fits(_ last: Int) -> Bool {
        limits.indices.allSatisfy { breach(of: $0, at: last) == nil }
    }

    /// The first limit that the samples up to a frame cannot have kept.
    private func breach(of servo: Int, at last: Int) -> Breach? {
        let limit = limits[servo]
        for stride in Self.strides {
            if exceeds(limit.velocity, order: 1, servo, last, stride) { return .velocity }
            if exceeds(limit.acceleration, order: 2, servo, last, stride) { return .acceleration }
            if exceeds(limit.jerk, order: 3, servo, last, stride) { return .jerk }
        }
        return nil
    }

    /// Whether the derivative of an order, taken over samples a stride apart, is beyond a limit and its tolerance.
    private func exceeds(_ limit: Double, order: Int, _ servo: Int, _ last: Int, _ stride: Int) -> Bool {
        guard last - order * stride >= since[servo] else { return false }
        var value = 0.0
        var tolerance = 0.0
        var factorial = 1.0
        for node in 0...order {
            if node > 0 { factorial *= Double(node) }
            let slot = (last - node * stride) % Self.slots
            var weight = 1.0
            for other in 0...order where other != node {
                weight /= Double(times[slot] - times[(last - other * stride) % Self.slots]) * period
            }
            value += weight * samples[servo * Self.slots + slot]
            tolerance += abs(weight) * (limits[servo].step / 2 + 1e-6)
        }
        return abs(value) * factorial > limit * (1 + 1e-9) + tolerance * factorial
    }

    private mutating func countViolations() {
        for servo in limits.indices {
            guard let breach = breach(of: servo, at: frame) else { continue }
            switch breach {
            case .velocity: violations.velocity += 1
            case .acceleration: violations.acceleration += 1
            case .jerk: violations.jerk += 1
            }
            violationsByServo[servo] += 1
            // One jump is one violation: the servo's past ends here.
            since[servo] = frame
        }
    }
}
