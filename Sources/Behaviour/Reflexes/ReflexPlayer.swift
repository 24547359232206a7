import FaceKit

/// Plays the reflexes on the control tick: blinks, the hold on the person, the mirror. It allocates nothing.
///
/// Gains ease over a motion frame, so that orders which come 25 times a second make no steps; a face that the person shows
/// is taken as it comes, which lets a smile be mirrored in the tick after it was sensed. The limiter lies behind.
public struct ReflexPlayer: Sendable {
    /// Seconds over which a mirrored person comes and goes.
    private static let ease: Float = 0.3
    /// The blendshape that each becomes in the mirror, by place.
    private static let mirrored: InlineArray<52, Int> = {
        var table = InlineArray<52, Int>(repeating: 0)
        for shape in Blendshape.allCases { table[shape.rawValue] = shape.mirrored.rawValue }
        return table
    }()

    private let period: Float
    private let gainStep: Float
    private let mirrored: InlineArray<52, Int>
    private var orders = ReflexOrders()
    private var lids: Float = 0
    private var hold: Float = 0
    private var mirror = InlineArray<52, Float>(repeating: 0)
    private var person: PersonFrame?
    private var presence: Float = 0
    private var shown = InlineArray<52, Float>(repeating: 0)
    private var sensed: SensedChannels = []
    private var gaze = GazeHold()

    /// - Parameters:
    ///   - period: seconds from tick to tick.
    ///   - framePeriod: seconds from motion frame to motion frame.
    public init(period: Double, framePeriod: Double) {
        self.period = Float(period)
        gainStep = Float(period / framePeriod)
        mirrored = Self.mirrored
    }

    /// Takes the orders of a motion frame.
    public mutating func take(_ orders: borrowing ReflexOrders) { self.orders = copy orders }

    /// Takes the newest of the person; nil when nobody is there.
    public mutating func see(_ person: PersonFrame?) {
        let isThere = person?.isPresent ?? false
        self.person = isThere ? person : nil
        guard isThere, let person else { return }
        sensed = person.sensed
        for index in 0..<52 { shown[index] = person.face.coefficients[index] }
    }

    /// Lays the reflexes over a face at a time since the run's start, seconds; `isLive` is false under a fallback, where
    /// they let go.
    public mutating func apply(to face: inout FaceChannels, at time: Double, isLive: Bool) {
        let live: Float = isLive ? 1 : 0
        lids += (orders.lids * live - lids) * gainStep
        hold += (orders.hold * live - hold) * gainStep
        presence = min(1, max(0, presence + (person != nil ? 1 : -1) * period / Self.ease))
        mirrorPerson(&face, live)
        blink(&face, time)
        let target = person.map(PersonState.bearing) ?? .zero
        gaze.step(Double(period), towards: hold > 0.01 ? target * hold : .zero)
        gaze.apply(to: &face)
    }

    private mutating func mirrorPerson(_ face: inout FaceChannels, _ live: Float) {
        for index in 0..<52 {
            mirror[index] += (orders.mirror[index] * live - mirror[index]) * gainStep
            let gain = mirror[index] * presence
            let source = mirrored[index]
            guard gain > 1e-4, sensed.rawValue & (1 << UInt64(source)) != 0 else { continue }
            face.values[index] += gain * (shown[source] - face.values[index])
        }
    }

    private func blink(_ face: inout FaceChannels, _ time: Double) {
        let since = time - orders.blinkOnset
        guard lids > 1e-4, since >= 0, since < BlinkGenerator.length else { return }
        let closure = Float(BlinkGenerator.closure(since)) * lids
        Self.close(&face, .eyeBlinkLeft, .eyeWideLeft, closure)
        Self.close(&face, .eyeBlinkRight, .eyeWideRight, closure)
        for index in 0..<LandmarkDistance.count {
            face.values[FaceChannels.firstDistance + index] += closure * orders.closedLids[index]
        }
    }

    private static func close(_ face: inout FaceChannels, _ lid: Blendshape, _ wide: Blendshape, _ closure: Float) {
        face.values[lid.rawValue] += closure * (1 - face.values[lid.rawValue])
        face.values[wide.rawValue] *= 1 - closure
    }
}
