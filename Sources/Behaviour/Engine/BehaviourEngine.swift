import FaceKit

/// What the robot is up to: motions laid over what the generators make, each in a layer with a priority, blended so that
/// nothing jumps.
///
/// Motions of a higher layer cover those of a lower one on the channels that they move; when they end, what lies below
/// comes back by itself. What begins by itself (blinks, looks away, nods to the person's pauses) yields to what somebody
/// asked for on the same part of the face. The mixed frame's speed is bounded in every channel, whatever begins, ends or
/// is replaced.
public struct BehaviourEngine: Sendable {
    public typealias ActionID = Int

    /// Something that happened, for scripts and consoles.
    public struct Event: Sendable, Equatable {
        public let name: String
        /// Seconds.
        public let time: Double
    }

    /// The owner of what begins by itself.
    public static let autonomy = "mien"
    /// The most actions at the same time; a further one takes the place of the oldest.
    public static let actionLimit = 64
    /// The most layers.
    public static let layerLimit = 32
    /// The fastest that a channel may change through layers: coefficients a second, and rad a second.
    public static let fastestCoefficient: Float = 14
    public static let fastestTurn: Float = 5

    public internal(set) var habits: Habits
    /// How much of the person's expression is mirrored, and how late, seconds.
    public var mirrorGain: Float = 0
    public var mirrorDelay = 0.4
    /// How large motion is as a whole, 0 to 2, around the neutral.
    public var intensity: Float = 1
    public internal(set) var person = PersonState()
    public internal(set) var events: [Event] = []
    public internal(set) var layers: [Layer] = Layer.standard

    /// Whether blinks, the hold on the person and a mirror without delay are left to the control tick, as `orders`.
    public var leavesReflexes = false
    /// What the control tick does by itself until the next frame.
    public private(set) var orders = ReflexOrders()
    /// A mirror that is later than this is no reflex, seconds.
    static let reflexDelay = 0.08

    var actions: [Action] = []
    var time = 0.0
    let framePeriod: Double
    /// How much each layer counts just now, on its way to its weight.
    var presence: [String: Float] = [:]
    /// Where the intensity is on its way to what was asked.
    var shownIntensity: Float = 1
    var expressions = DelayedExpressions()
    private var layerOwners: [String: String] = [:]
    private var nextID = 1
    private var mixed: FaceChannels?
    private let random: CounterRandom
    private var draws: UInt32 = 0

    public init(frameRate: Double, seed: UInt64) {
        framePeriod = 1 / frameRate
        random = CounterRandom(seed: seed, system: .behaviour)
        habits = Habits(seed: seed)
        for layer in layers { presence[layer.name] = layer.weight }
    }

    /// A number from 0 to below 1, the same for the same seed and number.
    public mutating func draw() -> Float {
        draws += 1
        return random.uniform(frame: draws, draw: 0)
    }

    // MARK: - Layers

    public func layer(_ name: String) -> Layer? { layers.first { $0.name == name } }

    /// Adds a layer, or changes one; false when there are too many. A new one goes when its owner does.
    @discardableResult
    public mutating func set(_ layer: Layer, owner: String) -> Bool {
        if let place = layers.firstIndex(where: { $0.name == layer.name }) {
            layers[place] = layer
        } else {
            guard layers.count < Self.layerLimit else { return false }
            layers.append(layer)
            layerOwners[layer.name] = owner
            presence[layer.name] = layer.weight
        }
        layers.sort { ($0.priority, $0.name) < ($1.priority, $1.name) }
        return true
    }

    /// Sets how much a layer counts, 0 to 1; it comes and goes over the layer's times.
    public mutating func weigh(_ name: String, _ weight: Float) {
        guard let place = layers.firstIndex(where: { $0.name == name }) else { return }
        layers[place].weight = weight
    }

    /// How much a layer counts just now.
    public func presence(of name: String) -> Float { presence[name] ?? 0 }

    /// Whether a layer is one that every robot has.
    public func isStandard(_ name: String) -> Bool { layerOwners[name] == nil && layer(name) != nil }

    /// Takes away an owner's own layers and puts the standard ones back to their weights, once nothing moves in them.
    mutating func dropLayers(of owner: String) {
        layers.removeAll { layer in
            layerOwners[layer.name] == owner && !actions.contains { $0.layer == layer.name && $0.released == nil }
        }
        layerOwners = layerOwners.filter { name, _ in layers.contains { $0.name == name } }
    }

    // MARK: - Actions

    /// Begins a motion at once; one of the same owner in the same layer is let go.
    @discardableResult
    public mutating func play(_ clip: MotionClip, layer name: String, owner: String, rank: Int = 0) -> ActionID {
        let claims = layer(name)?.claims ?? []
        let curves = clip.curves.filter { ChannelGroup($0.channel).map(claims.contains) ?? false }
        for index in actions.indices where actions[index].layer == name && actions[index].owner == owner {
            actions[index].released = actions[index].released ?? time
        }
        if actions.count >= Self.actionLimit { actions.removeFirst() }
        defer { nextID += 1 }
        let seen = MotionClip(curves: curves, duration: clip.duration)
        let isAutonomous = owner == Self.autonomy
        actions.append(
            Action(
                id: nextID, clip: seen, layer: name, owner: owner, rank: rank, start: time, isAutonomous: isAutonomous,
                groups: seen.groups))
        if !isAutonomous { yield(seen.groups, to: name) }
        return nextID
    }

    /// What began by itself lets go of what somebody asked for.
    private mutating func yield(_ groups: Set<ChannelGroup>, to name: String) {
        let priority = layer(name)?.priority ?? 0
        for index in actions.indices where actions[index].isAutonomous && actions[index].released == nil {
            let own = layer(actions[index].layer)?.priority ?? 0
            guard own <= priority, !actions[index].groups.isDisjoint(with: groups) else { continue }
            actions[index].released = time
        }
    }

    /// Whether somebody asked for a motion of any of these parts, in a layer not below this one.
    public func isClaimed(_ groups: Set<ChannelGroup>, above name: String) -> Bool {
        let priority = layer(name)?.priority ?? 0
        return actions.contains {
            !$0.isAutonomous && $0.released == nil && !$0.groups.isDisjoint(with: groups)
                && (layer($0.layer)?.priority ?? 0) >= priority
        }
    }

    public func isRunning(_ id: ActionID) -> Bool { actions.contains { $0.id == id && $0.released == nil } }

    /// Eases a motion out.
    public mutating func cancel(_ id: ActionID) {
        for index in actions.indices where actions[index].id == id {
            actions[index].released = actions[index].released ?? time
        }
    }

    /// Eases out all motions of a layer, or of all layers, that an owner began; of all owners when none is named.
    public mutating func stop(layer: String? = nil, owner: String? = nil) {
        for index in actions.indices where owner == nil || actions[index].owner == owner {
            guard layer == nil || actions[index].layer == layer else { continue }
            actions[index].released = actions[index].released ?? time
        }
    }

    /// Lets go of everything of an owner that has ended: motions ease out, layers of its own go.
    public mutating func release(owner: String) {
        stop(owner: owner)
        dropLayers(of: owner)
    }

    // MARK: - Ticks

    /// Takes the time and what is sensed of the person; scripts run after this, and `mix` after them.
    public mutating func begin(time: Double, person sensed: PersonFrame?) {
        self.time = time
        events.removeAll(keepingCapacity: true)
        for name in person.update(sensed, time: time) { events.append(Event(name: name, time: time)) }
        expressions.append(sensed)
        actions.removeAll { action in
            action.isOver(at: time, release: layers.first { $0.name == action.layer }?.release ?? 0.35)
        }
        liveOn()
    }

    /// Whether the robot itself speaks.
    public var isSpeaking: Bool { actions.contains { $0.layer == Layer.speaking && $0.released == nil } }

    /// Lays the motions over what the generators made.
    public mutating func mix(_ base: FaceChannels) -> FaceChannels {
        ease()
        var result = base
        if shownIntensity != 1 {
            for index in 0..<FaceChannels.firstDistance { result.values[index] *= shownIntensity }
        }
        restLids(of: &result)
        if !leavesReflexes { habits.hold.apply(to: &result) }
        habits.glance.apply(to: &result)
        order()
        for layer in layers {
            let weight = presence[layer.name] ?? 0
            if layer.name == Layer.mirror {
                mirror(&result, weight: weight)
            }
            guard weight > 0 else { continue }
            if layer.name == Layer.blink { applyBlink(to: &result, weight: weight) }
            for action in actions(in: layer.name) { lay(action, of: layer, weight: weight, over: &result) }
        }
        for index in 0..<FaceChannels.firstHead { result.values[index] = min(max(result.values[index], 0), 1) }
        bound(&result)
        mixed = result
        return result
    }

    private var mirrorsAtOnce: Bool { leavesReflexes && mirrorDelay < Self.reflexDelay }

    /// The orders as they are before higher layers cover their share.
    private mutating func order() {
        orders = ReflexOrders()
        guard leavesReflexes else { return }
        if habits.isOn {
            orders.blinkOnset = time - habits.blinks.since
            orders.lids = habits.lids * presence(of: Layer.blink)
            orders.hold = habits.holds ? 1 : 0
        }
        guard mirrorsAtOnce, let layer = layer(Layer.mirror) else { return }
        for shape in Blendshape.allCases where ChannelGroup(FaceChannel(shape)).map(layer.claims.contains) ?? false {
            orders.mirror[shape.rawValue] = mirrorGain * presence(of: Layer.mirror)
        }
    }

    private func actions(in layer: String) -> [Action] {
        actions.filter { $0.layer == layer }.sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
    }

    /// Weights and the intensity go to what was asked over the layers' times.
    private mutating func ease() {
        for layer in layers {
            let now = presence[layer.name] ?? layer.weight
            let seconds = layer.weight > now ? layer.attack : layer.release
            let most = seconds > 0 ? Float(framePeriod / seconds) : 1
            presence[layer.name] = now + min(max(layer.weight - now, -most), most)
        }
        let most = Float(framePeriod / 0.5)
        shownIntensity += min(max(intensity - shownIntensity, -most), most)
    }

    private mutating func mirror(_ result: inout FaceChannels, weight: Float) {
        guard !mirrorsAtOnce, let layer = layer(Layer.mirror) else { return }
        expressions.apply(
            to: &result, gain: mirrorGain * weight, delay: Int((mirrorDelay / framePeriod).rounded()),
            step: Float(framePeriod / 0.3), claims: layer.claims)
    }

    private mutating func lay(_ action: Action, of layer: Layer, weight: Float, over result: inout FaceChannels) {
        let coversMirror = leavesReflexes && layer.priority > self.layer(Layer.mirror)?.priority ?? 0
        let presence = weight * action.presence(at: time, release: layer.release)
        let local = time - action.start
        for curve in action.clip.curves {
            let (value, share) = curve.sample(at: local)
            let index = curve.channel.rawValue
            if index >= FaceChannels.firstHead {
                result.values[index] += value * presence * share
            } else {
                result.values[index] += (value - result.values[index]) * share * presence
                if coversMirror { orders.mirror[index] *= 1 - share * presence }
            }
        }
    }

    /// No channel moves faster than a face does.
    private func bound(_ result: inout FaceChannels) {
        guard let mixed else { return }
        // A bad frame is the control tick's to replace: what comes after it does not start from it.
        for index in 0..<FaceChannels.firstDistance where mixed.values[index].isFinite {
            let rate = index < FaceChannels.firstHead ? Self.fastestCoefficient : Self.fastestTurn
            let most = rate * Float(framePeriod)
            let way = result.values[index] - mixed.values[index]
            result.values[index] = mixed.values[index] + min(max(way, -most), most)
        }
    }

    /// Who drives each part of the face: the highest layer that moves it just now, `base` where none does.
    public func drivers(base: String) -> [ChannelGroup: String] {
        var drivers: [ChannelGroup: String] = [:]
        for group in ChannelGroup.allCases { drivers[group] = base }
        for layer in layers where (presence[layer.name] ?? 0) > 0 {
            for action in actions where action.layer == layer.name && action.released == nil {
                for group in action.groups { drivers[group] = layer.name }
            }
        }
        return drivers
    }

    /// How much of each layer is in the face now, 0 to 1; `listening` is the mixer's weight of the listener.
    public func weights(listening: Float) -> [(layer: Layer, weight: Float)] {
        layers.map { layer in
            let most = presence[layer.name] ?? 0
            switch layer.name {
            case Layer.idle: return (layer, 1 - listening)
            case Layer.listening: return (layer, listening)
            case Layer.mirror: return (layer, mirrorGain * expressions.weight * most)
            default:
                let shown = actions.filter { $0.layer == layer.name }
                    .map { $0.presence(at: time, release: layer.release) }.max()
                return (layer, (shown ?? 0) * most)
            }
        }
    }
}
