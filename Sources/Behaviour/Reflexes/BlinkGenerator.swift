import FaceKit

/// Blinks at a rate: how far the lids are closed, 0 to 1, from step to step.
///
/// Gaps from onset to onset are log-normal, as people's are (Bentivoglio 1997), with a mean of 60 s over the rate. Each
/// second gap has the opposite deviation of the one before, so that minutes hold to the rate. A blink closes in 75 ms,
/// stays 40 ms and opens in 135 ms: closing is the faster half.
public struct BlinkGenerator: Sendable {
    /// Blinks a minute that can be asked for; people at rest blink 8 to 21 times, in conversation 10 to 33 (Doughty 2001).
    public static let rates = 0.0...60.0
    /// Seconds that the lids take to close, stay closed, and take to open.
    static let (closing, closed, opening) = (0.075, 0.040, 0.135)
    /// Seconds that a blink takes.
    static let length = closing + closed + opening
    /// How far a face's own lids may be lowered beside the blinks.
    static let mostOwn: Float = 0.3
    /// Deviation of a gap's logarithm.
    private static let spread = 0.5

    /// Blinks a minute.
    public var rate: Double {
        didSet {
            precondition(Self.rates.contains(rate))
            guard rate != oldValue else { return }
            // The wait that is left keeps its share of the new mean.
            let last = meanGap
            meanGap = Self.meanGap(rate)
            remaining = last.isFinite && meanGap.isFinite ? remaining * meanGap / last : meanGap
        }
    }
    private var meanGap: Double
    private let random: CounterRandom
    private var number: UInt32 = 0
    /// Seconds since the last blink began, and until the next begins.
    private(set) var since = Double.infinity
    private var remaining: Double

    /// Blinks `rate` times a minute; 0 never.
    public init(rate: Double, seed: UInt64) {
        precondition(Self.rates.contains(rate))
        self.rate = rate
        meanGap = Self.meanGap(rate)
        random = CounterRandom(seed: seed, system: .behaviour, stream: 0x626C_6E6B)
        remaining = 0
        // The first blink comes somewhere within a mean gap, as for somebody who has been there before.
        remaining = meanGap * Double(random.uniform(frame: .max, draw: 0))
    }

    private static func meanGap(_ rate: Double) -> Double { rate > 0 ? 60 / rate : .infinity }

    /// Whether a blink began with the last step.
    public private(set) var isBeginning = false

    /// The closure `seconds` after the last step.
    public mutating func next(after seconds: Double) -> Float {
        since += seconds
        remaining -= seconds
        isBeginning = remaining <= 0
        if remaining <= 0 {
            since = -remaining
            remaining += gap()
        }
        return Float(Self.closure(since))
    }

    /// Seconds to the next blink; at least the length of one.
    private mutating func gap() -> Double {
        defer { number += 1 }
        let deviation = Double(random.normal(frame: number / 2, draw: 0)) * (number.isMultiple(of: 2) ? 1 : -1)
        // The mean of a log-normal number is exp(spread² / 2) above its median.
        let gap = meanGap * PortableMath.exp(Self.spread * deviation - Self.spread * Self.spread / 2)
        return max(gap, Self.length + 0.04)
    }

    /// How far the lids are closed so many seconds after a blink began, eased at both ends.
    static func closure(_ time: Double) -> Double {
        func eased(_ share: Double) -> Double { share * share * (3 - 2 * share) }
        if time < closing { return eased(max(time, 0) / closing) }
        if time <= closing + closed { return 1 }
        return eased(max(0, 1 - (time - closing - closed) / opening))
    }

    /// Closes the lids of a face. What the face itself does with them counts up to `mostOwn`, so that it cannot blink a
    /// second time.
    public static func close(_ face: inout FaceFrame, by closure: Float) {
        for lid in [Blendshape.eyeBlinkLeft, .eyeBlinkRight] {
            let own = min(face[lid], Self.mostOwn)
            face[lid] = own + closure * (1 - own)
        }
        for wide in [Blendshape.eyeWideLeft, .eyeWideRight] { face[wide] *= 1 - closure }
    }
}

/// What a face's lids do beside blinking: how far they are lowered for a while. A blink of the face's own passes by without
/// showing, so that all blinks are the generator's.
public struct RestingLids: Sendable {
    /// Seconds in which the resting lid comes most of the way to one that stays lower; it rises with it at once.
    private static let lowering = 1.0

    private var left: Float?
    private var right: Float?

    public init() {}

    /// Leaves the lids of a face where they rest; `seconds` since the last one.
    public mutating func rest(_ face: inout FaceFrame, after seconds: Double) {
        (face[.eyeBlinkLeft], face[.eyeBlinkRight]) =
            rest(left: face[.eyeBlinkLeft], right: face[.eyeBlinkRight], after: seconds)
    }

    /// How far lids that are lowered so far, 0 to 1, rest; `seconds` since the last time.
    mutating func rest(left own: Float, right ownRight: Float, after seconds: Double) -> (left: Float, right: Float) {
        let rate = Float(min(seconds / Self.lowering, 1))
        func follow(_ resting: inout Float?, _ own: Float) -> Float {
            let goal = min(own, BlinkGenerator.mostOwn)
            let before = resting ?? goal
            let now = min(own, before + rate * (goal - before))
            // A lid that is no number passes on as it is and is not remembered.
            if now.isFinite { resting = now }
            return now
        }
        return (follow(&left, own), follow(&right, ownRight))
    }
}
