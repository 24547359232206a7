/// A named place for motions: what it may move, and who yields to whom.
///
/// Motions of a layer with a higher priority cover those below on the channels that they move; when they end, what lies
/// below comes back by itself, over the layer's times.
public struct Layer: Sendable, Equatable {
    public let name: String
    /// Higher covers lower; from -100 to 100.
    public var priority: Int
    /// Motions in the layer move these and leave the rest alone.
    public var claims: Set<ChannelGroup>
    /// How much of its motions is seen, 0 to 1.
    public var weight: Float
    /// Seconds that the weight takes to come and go; a motion that is told to go takes `release`.
    public var attack: Double
    public var release: Double

    public init(
        name: String, priority: Int, claims: Set<ChannelGroup> = .all, weight: Float = 1, attack: Double = 0.3,
        release: Double = 0.35
    ) {
        self.name = name
        self.priority = priority
        self.claims = claims
        self.weight = weight
        self.attack = attack
        self.release = release
    }

    public static let priorities = -100...100

    /// The layers that every robot has, from the lowest to the highest. The generators make the lowest two.
    public static let standard: [Layer] = [
        Layer(name: idle, priority: 0, attack: 0.8, release: 1.6),
        Layer(name: listening, priority: 10, attack: 0.8, release: 1.6),
        Layer(name: mirror, priority: 20, claims: [.brows, .cheeks, .mouth, .jaw]),
        Layer(name: blink, priority: 30, claims: [.lids], attack: 0.05, release: 0.15),
        Layer(name: gaze, priority: 40, claims: [.head, .eyes, .lids], release: 0.5),
        Layer(name: speaking, priority: 50, claims: [.mouth, .jaw]),
        Layer(name: gesture, priority: 60),
        Layer(name: expression, priority: 70, claims: .face),
    ]

    public static let idle = "idle"
    public static let listening = "listening"
    public static let mirror = "mirror"
    public static let blink = "blink"
    public static let gaze = "gaze"
    public static let speaking = "speaking"
    public static let gesture = "gesture"
    public static let expression = "expression"
}
