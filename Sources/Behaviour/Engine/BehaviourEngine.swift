import FaceKit

/// What the robot is up to: motions laid over what the generators make, each in a layer with a priority, blended so that
/// nothing jumps.
///
/// Clips of a higher layer cover those of a lower one on the channels that they share; when they end, what lies below
/// comes back by itself. The mixed frame's speed is bounded in every channel, whatever begins, ends or is replaced.
public struct BehaviourEngine: Sendable {
    /// The layers, from the lowest to the highest.
    public enum Layer: String, Sendable, CaseIterable, Comparable {
        case mirror, blink, gaze, speaking, gesture, expression, script

        public static func < (a: Layer, b: Layer) -> Bool { a.place < b.place }
        private var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    public typealias ActionID = Int

    /// Something that happened, for scripts and consoles.
    public struct Event: Sendable, Equatable {
        public let name: String
        /// Seconds.
        public let time: Double
    }

    private struct Active: Sendable {
        let id: ActionID
        let clip: MotionClip
        let layer: Layer
        let owner: String
        let start: Double
        /// When it was told to go, and how long that takes.
        var released: Double?
        static let release = 0.35
    }

    /// Whether blinks and looks away come by themselves.
    public var isAutonomous = true
    /// Blinks a minute; 18 while listening (Bentivoglio 1997, Doughty 2001).
    public var blinkRate = 18.0
    /// How much of the person's smile is mirrored, and how late, seconds.
    public var mirrorGain: Float = 0
    public var mirrorDelay = 0.4
    /// How large motion is as a whole, 0 to 2, around the neutral.
    public var intensity: Float = 1
    public private(set) var person = PersonState()
    public private(set) var events: [Event] = []

    private var active: [Active] = []
    private var nextID = 1
    private var time = 0.0
    private let framePeriod: Double
    private let random: CounterRandom
    private var draws: UInt32 = 0
    private var nextBlink = 1.0
    private var nextAversion = 5.0
    private var smiles: [Float] = []
    private var mixed: FaceChannels?

    /// The fastest that a channel may change through layers: coefficients a second, and rad a second.
    static let fastestCoefficient: Float = 14
    static let fastestTurn: Float = 5

    public init(frameRate: Double, seed: UInt64) {
        framePeriod = 1 / frameRate
        random = CounterRandom(seed: seed, system: .behaviour)
    }

    // MARK: - Actions

    /// Begins a motion at once; one of the same owner in the same layer is let go.
    @discardableResult
    public mutating func play(_ clip: MotionClip, layer: Layer, owner: String) -> ActionID {
        for index in active.indices where active[index].layer == layer && active[index].owner == owner {
            active[index].released = active[index].released ?? time
        }
        defer { nextID += 1 }
        active.append(Active(id: nextID, clip: clip, layer: layer, owner: owner, start: time))
        return nextID
    }

    public func isRunning(_ id: ActionID) -> Bool {
        active.contains { $0.id == id && $0.released == nil }
    }

    /// Eases a motion out.
    public mutating func cancel(_ id: ActionID) {
        for index in active.indices where active[index].id == id {
            active[index].released = active[index].released ?? time
        }
    }

    /// Eases out all motions of a layer, or of all layers, that an owner began.
    public mutating func stop(layer: Layer? = nil, owner: String) {
        for index in active.indices where active[index].owner == owner {
            guard layer == nil || active[index].layer == layer else { continue }
            active[index].released = active[index].released ?? time
        }
    }

    /// A number from 0 to below 1, the same for the same seed and number.
    public mutating func draw() -> Float {
        draws += 1
        return random.uniform(frame: draws, draw: 0)
    }

    // MARK: - Ticks

    /// Takes the time and what is sensed of the person; scripts run after this, and `mix` after them.
    public mutating func begin(time: Double, person sensed: PersonFrame?) {
        self.time = time
        events.removeAll(keepingCapacity: true)
        for name in person.update(sensed, time: time) { events.append(Event(name: name, time: time)) }
        smiles.append(person.smile)
        if smiles.count > 250 { smiles.removeFirst() }
        active.removeAll { item in
            if let released = item.released { return time - released >= Active.release }
            return time - item.start >= item.clip.duration
        }
        if isAutonomous { liveOn() }
    }

    /// Blinks and looks away, at people's rates.
    private mutating func liveOn() {
        if blinkRate > 0, time >= nextBlink {
            play(.blink(), layer: .blink, owner: Self.autonomy)
            events.append(Event(name: "blink", time: time))
            // Gaps are log-normal with a mean of 60 / rate; the shape's deviation is 0.5.
            let spread = Double(random.normal(frame: draws &+ 1, draw: 1)) * 0.5
            draws += 1
            let mean = 60 / blinkRate
            nextBlink = time + max(0.4, mean * PortableMath.exp(spread - 0.125))
        }
        if person.isPresent, time >= nextAversion {
            // Listening: 1.14 s every 7.21 s (Andrist 2013), mostly to the side.
            let side: Float = draw() < 0.5 ? -1 : 1
            let yaw = side * (0.14 + 0.10 * draw())
            let pitch = draw() < 0.575 ? 0 : 0.12 * (draw() - 0.3)
            play(.look(yaw: yaw, pitch: pitch, attack: 0.2, hold: 0.9), layer: .gaze, owner: Self.autonomy)
            nextAversion = time + 5 + 4.4 * Double(draw())
        }
    }

    static let autonomy = "mien"

    /// Lays the motions over what the generators made.
    public mutating func mix(_ base: FaceChannels) -> FaceChannels {
        var result = base
        if intensity != 1 {
            for index in 0..<58 { result.values[index] *= intensity }
        }
        mirror(&result)
        for item in active.sorted(by: { ($0.layer, $0.id) < ($1.layer, $1.id) }) { lay(item, over: &result) }
        for index in 0..<52 { result.values[index] = min(max(result.values[index], 0), 1) }
        bound(&result)
        mixed = result
        return result
    }

    private func mirror(_ result: inout FaceChannels) {
        guard mirrorGain > 0, !smiles.isEmpty else { return }
        let place = max(0, smiles.count - 1 - Int((mirrorDelay / framePeriod).rounded()))
        let smile = smiles[place] * mirrorGain
        for shape in [Blendshape.mouthSmileLeft, .mouthSmileRight] {
            // Replaces in proportion to the gain, and never adds twice.
            result.values[shape.rawValue] = max(result.values[shape.rawValue], min(smile, 1))
        }
    }

    private func lay(_ item: Active, over result: inout FaceChannels) {
        let local = time - item.start
        var weight: Float = 1
        if let released = item.released {
            weight = 1 - MinimumJerk.value(Float((time - released) / Active.release))
        }
        for channel in item.clip.curves.keys {
            guard let value = item.clip.value(of: channel, at: local) else { continue }
            let index = channel.rawValue
            if index >= FaceChannels.firstHead {
                result.values[index] += value * weight
            } else {
                // A coefficient takes over in proportion to its own size, so that 0 leaves what lies below alone.
                let share = min(abs(value) * 4, 1) * weight
                result.values[index] += (value - result.values[index]) * share
            }
        }
    }

    /// No channel moves faster than a face does.
    private func bound(_ result: inout FaceChannels) {
        guard let mixed else { return }
        for index in 0..<58 {
            let rate = index < 52 ? Self.fastestCoefficient : Self.fastestTurn
            let most = rate * Float(framePeriod)
            let way = result.values[index] - mixed.values[index]
            result.values[index] = mixed.values[index] + min(max(way, -most), most)
        }
    }

    /// How much of the face is made as coefficients by layers, 0 to 1.
    public var cover: Float {
        active.contains { $0.layer > .gaze && $0.released == nil } ? 1 : 0
    }

    /// Names and owners of the layers that move something just now.
    public var layers: [(layer: Layer, owner: String)] {
        active.sorted { $0.layer < $1.layer }.map { ($0.layer, $0.owner) }
    }
}
