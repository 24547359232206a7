import FaceKit

/// The engine and the scripts together, as the motion tick drives them: the person is taken in, scripts have their turn,
/// and what is up is laid over the generators' frame.
public final class BehaviourCore {
    public var engine: BehaviourEngine
    public let host: ScriptHost
    public let library: GestureLibrary
    /// Called when a script asks for the emergency stop, with its reason.
    public var emergencyStop: (String) -> Void = { _ in }
    let shelf: MoveShelf
    let robot: String
    /// The last mixed face, for `robot.head`.
    var face = FaceChannels()

    /// - Parameters:
    ///   - robot: its name, for scripts.
    ///   - shelf: where recorded moves are found.
    ///   - settings: what scripts see as `config`.
    ///   - countsInstructions: whether a script's budget is counted in instructions or in processor time.
    public init(
        frameRate: Double, seed: UInt64, library: GestureLibrary, robot: String = "robot",
        shelf: MoveShelf = MoveShelf(folders: [], isImmediate: true), settings: [String: LuaValue] = [:],
        countsInstructions: Bool = true
    ) {
        engine = BehaviourEngine(frameRate: frameRate, seed: seed)
        host = ScriptHost(seed: seed, countsInstructions: countsInstructions)
        self.library = library
        self.robot = robot
        self.shelf = shelf
        host.release = { [weak self] script in self?.engine.release(owner: script) }
        addHeadVerbs()
        addFaceVerbs()
        addAttitudeVerbs()
        addFacts()
        let entries = settings.sorted { $0.key < $1.key }.map { LuaValue.Entry(.text($0.key), $0.value) }
        host.define("config", .table(entries))
        host.setPrelude(Self.prelude)
    }

    /// The first half of a motion tick: what is sensed, and the scripts' turn.
    public func begin(time: Double, person: PersonFrame?) {
        engine.begin(time: time, person: person)
        for event in engine.events { host.announce(event.name) }
        host.tick(time: time)
    }

    /// The second half: the face with all that is up.
    public func mix(_ base: FaceChannels) -> FaceChannels {
        face = engine.mix(base)
        return face
    }

    // MARK: - Kinds of verbs

    typealias Motion = (clip: MotionClip, layer: String)

    private func verb(_ name: String) -> Verb {
        guard let verb = VerbTable.verb(name) else { preconditionFailure("\(name) is not in the table of verbs") }
        return verb
    }

    /// A verb that plays a motion and waits until it is over.
    func motion(_ name: String, _ body: @escaping (VerbArguments) throws -> Motion) {
        register(name) { [weak self] arguments in
            guard let self else { return .fails("the robot is gone") }
            let (clip, layer) = try body(arguments)
            let id = self.play(clip, layer: layer, arguments.call)
            return arguments.call.wait { [weak self] in !(self?.engine.isRunning(id) ?? false) }
        }
    }

    /// A verb that is done at once.
    func setting(_ name: String, _ body: @escaping (VerbArguments) throws -> Void) {
        register(name) { arguments in
            try body(arguments)
            return .returns([])
        }
    }

    func register(_ name: String, _ body: @escaping (VerbArguments) throws -> VerbResult) {
        let verb = verb(name)
        host.register(name) { [weak self] call in
            do {
                let result = try body(try VerbArguments(call, verb))
                let given = call.arguments.map(ScriptHost.text).joined(separator: ", ")
                self?.host.note(.acted(given.isEmpty ? name : "\(name) \(given)"), call.scriptName)
                return result
            } catch let problem as VerbArguments.Problem {
                return .fails(problem.message)
            } catch {
                return .fails("\(name): \(error)")
            }
        }
    }

    func play(_ clip: MotionClip, layer: String, _ call: VerbCall) -> BehaviourEngine.ActionID {
        engine.play(clip, layer: layer, owner: call.scriptName, rank: call.rank)
    }

    static let degree = Float.pi / 180
}

extension VerbArguments {
    /// A number in degrees as radians.
    func angle(_ name: String) throws(Problem) -> Float { Float(try number(name)) * BehaviourCore.degree }
}
