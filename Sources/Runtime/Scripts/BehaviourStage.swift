import Behaviour
import FaceKit
import Foundation
import Motion

/// The motion tick's place for behaviour: scripts and commands act here, and what they do is laid over the generators'
/// frame in all its forms.
final class BehaviourStage {
    let core: BehaviourCore
    private var files: ScriptFiles
    private let events: [EventStream]
    private let watchesFiles: Bool
    private let portrait: @Sendable (FaceFrame) -> MotionFrame
    private var looks = 0
    private var listening: Float = 0
    /// What the control tick is to do by itself until the next frame.
    private(set) var orders = ReflexOrders()
    /// What the operator wants of the whole, beside the scripts.
    private var wish = OperatorWish()

    /// Ticks between two looks at the scripts' files: 0.2 s.
    private static let ticksBetweenLooks = 5

    /// - Parameters:
    ///   - isVirtual: whether time is not the machine's; files are then read at once and not watched.
    ///   - events: where what happens is told.
    init(
        choice: Session.Behaviour, library: GestureLibrary, frameRate: Double, seed: UInt64, robot: String,
        isVirtual: Bool, events: [EventStream],
        stop: StopLatch?, portrait: @escaping @Sendable (FaceFrame) -> MotionFrame
    ) throws {
        core = BehaviourCore(
            frameRate: frameRate, seed: seed, library: library, robot: robot,
            shelf: MoveShelf(folders: choice.moves, isImmediate: isVirtual),
            settings: choice.settings.mapValues(\.scriptValue), countsInstructions: isVirtual)
        files = ScriptFiles(folder: choice.folder)
        self.events = events
        self.portrait = portrait
        watchesFiles = !isVirtual
        core.engine.setHabits(isOn: choice.isAutonomous, blinkRate: choice.blinkRate)
        core.engine.mirrorGain = choice.mirrorGain
        core.engine.mirrorDelay = choice.mirrorDelay
        core.engine.leavesReflexes = true
        core.emergencyStop = { _ in stop?.press(.script) }
        for script in choice.scripts {
            if let failure = try start(script) { throw failure }
        }
    }

    // MARK: - The motion tick

    /// What is sensed comes in; scripts and commands have had their turn afterwards.
    func begin(time: Double, person: PersonFrame?) {
        reloadWhatChanged()
        wish.step(Float(1 / Generators.frameRate))
        core.begin(time: time, person: person)
        for event in core.engine.events { post(event) }
        for event in core.host.events { post(event) }
        core.host.events.removeAll(keepingCapacity: true)
    }

    /// How much of the idling and of the listening face is to be seen, 0 to 1.
    var weights: (idle: Float, listening: Float) {
        (
            core.engine.presence(of: Layer.idle) * wish.shares.idle,
            core.engine.presence(of: Layer.listening) * wish.shares.listening
        )
    }

    /// Whether an intensity of 0 keeps what generators make from showing.
    var isStilled: Bool { core.engine.intensity == 0 }

    /// Lays what is up over a frame: coefficients and head as the layers make them, distances and landmarks changed by as
    /// much as the face is.
    func mix(
        _ base: FaceChannels, landmarks: inout LandmarkFrame, listening: Float
    ) -> FaceChannels {
        self.listening = listening
        var mixed = core.mix(base)
        let (before, after) = (portrait(FaceFrame(base)), portrait(FaceFrame(mixed)))
        for index in 0..<LandmarkDistance.allCases.count {
            mixed.values[FaceChannels.firstDistance + index] += after.distances[index] - before.distances[index]
        }
        for point in 0..<LandmarkFrame.count { landmarks[point] += after.landmarks[point] - before.landmarks[point] }
        order(mixed, open: after.distances)
        return mixed
    }

    /// What the control tick is to do by itself; blinks change landmark distances by as much as closed lids do.
    private func order(_ mixed: FaceChannels, open: InlineArray<14, Float>) {
        orders = core.engine.orders
        guard orders.lids > 0 else { return }
        var closed = FaceFrame(mixed)
        for lid in [Blendshape.eyeBlinkLeft, .eyeBlinkRight] { closed[lid] = 1 }
        for wide in [Blendshape.eyeWideLeft, .eyeWideRight] { closed[wide] = 0 }
        let distances = portrait(closed).distances
        for index in 0..<LandmarkDistance.count { orders.closedLids[index] = distances[index] - open[index] }
    }

    // MARK: - Scripts

    /// Starts a script from a file; why it does not compile, if it does not.
    @discardableResult
    func start(_ file: String) throws -> ScriptFailure? {
        let path = try files.path(of: file)
        let name = ScriptFiles.name(of: path)
        let failure = core.host.load(try files.read(path, name: name), name: name, path: path)
        flush()
        return failure
    }

    private func reload(_ name: String) throws -> ScriptFailure? {
        guard let path = files.path(ofScript: name) else { throw UnknownScript(name: name) }
        defer { flush() }
        return core.host.load(try files.read(path, name: name), name: name, path: path)
    }

    private func reloadWhatChanged() {
        guard watchesFiles else { return }
        looks += 1
        guard looks.isMultiple(of: Self.ticksBetweenLooks) else { return }
        for name in files.changed() {
            // What is wrong with a file is an event already.
            _ = try? reload(name)
        }
    }

    private struct UnknownScript: Error, CustomStringConvertible {
        let name: String
        var description: String { "there is no script named \(name) that was started from a file" }
    }

    private func flush() {
        for event in core.host.events { post(event) }
        core.host.events.removeAll(keepingCapacity: true)
    }
}

// MARK: - Commands

extension BehaviourStage: CommandPerformer {
    private static let `operator` = "operator"
    /// An operator's motions cover those of scripts.
    private static let rank = 1000

    func perform(_ command: Command, at seconds: Double, answer: @escaping CommandQueue.Answer) {
        do {
            if let result = try perform(command, answer) { answer(.success(result)) }
        } catch {
            answer(.failure(.refused("\(error)")))
        }
    }

    /// What there is to answer at once; nil when the answer comes later.
    private func perform(
        _ command: Command, _ answer: @escaping CommandQueue.Answer
    ) throws -> [String: Scalar]? {
        switch command {
        case .gesture(let name, let strength, let duration):
            guard let gesture = core.library.gestures[name] else {
                throw UnknownName(kind: "gesture", name: name, known: Array(core.library.gestures.keys))
            }
            let clip = gesture.clip.scaled(strength: Float(strength), duration: duration)
            play(clip, Layer.gesture)
            return ["seconds": .number(clip.duration)]
        case .expression(let name, let intensity, let hold):
            guard let face = core.library.expressions[name] else {
                throw UnknownName(kind: "expression", name: name, known: Array(core.library.expressions.keys))
            }
            let values = face.mapValues { $0 * Float(intensity) }
            play(.expression(values, attack: 0.4, hold: hold, release: 0.6), Layer.expression)
            return ["seconds": .number(hold + 1)]
        case .say(let text):
            let base = core.engine.draw()
            let clip = MotionClip.speech(text) { (base + Float($0) * 0.618).truncatingRemainder(dividingBy: 1) }
            play(clip, Layer.speaking)
            post("said", ["text": .text(text)])
            return ["seconds": .number(clip.duration)]
        case .intensity(let value):
            core.engine.intensity = Float(value)
            return [:]
        case .mode(let name):
            guard let mode = OperatorWish.Mode(rawValue: name) else {
                throw UnknownName(kind: "mode", name: name, known: OperatorWish.Mode.allCases.map(\.rawValue))
            }
            wish.mode = mode
            return [:]
        case .parameter(let name, let value):
            guard let parameter = BehaviourParameter.all.first(where: { $0.name == name }) else {
                throw UnknownName(kind: "parameter", name: name, known: BehaviourParameter.all.map(\.name))
            }
            guard parameter.range.contains(value) else { throw OutOfRange(parameter: parameter, value: value) }
            parameter.set(&core.engine, value)
            return [:]
        case .startScript(let file):
            if let failure = try start(file) { throw failure }
            return ["name": .text(ScriptFiles.name(of: file))]
        case .stopScript(let name):
            guard core.host.stop(name) else {
                throw UnknownName(kind: "script", name: name, known: core.host.overview.map(\.name))
            }
            files.forget(name)
            flush()
            return [:]
        case .reloadScript(let name):
            if let failure = try reload(name) { throw failure }
            return [:]
        case .evaluate(let source):
            core.host.evaluate(Array(source.utf8), in: "console") { result in
                switch result {
                case .success(let values):
                    answer(.success(["value": .text(values.map(ScriptHost.text).joined(separator: "\t"))]))
                case .failure(let failure):
                    let trace = failure.traceback.isEmpty ? "" : "\n" + failure.traceback
                    answer(.failure(.refused(failure.message + trace)))
                }
            }
            return nil
        case .emergencyStop, .clear, .status, .events, .startRecording, .stopRecording: return [:]
        }
    }

    private func play(_ clip: MotionClip, _ layer: String) {
        core.engine.play(clip, layer: layer, owner: Self.operator, rank: Self.rank)
    }

    func describe(into status: inout ConsoleStatus.Motion) {
        status.intensity = Double(core.engine.intensity)
        status.mode = wish.mode.rawValue
        let base = listening > 0.5 ? Layer.listening : Layer.idle
        for (group, layer) in core.engine.drivers(base: base) { status.drivers[group.rawValue] = layer }
        status.layers = core.engine.weights(listening: listening).map {
            ConsoleStatus.Layer(name: $0.layer.name, priority: $0.layer.priority, weight: Double($0.weight))
        }
        status.scripts = core.host.overview.map(ConsoleStatus.Script.init)
    }

    /// A value that a parameter cannot have.
    private struct OutOfRange: Error, CustomStringConvertible {
        let parameter: BehaviourParameter
        let value: Double

        var description: String {
            "\(parameter.name): found \(value), expected a number from \(parameter.range.lowerBound) to "
                + "\(parameter.range.upperBound)"
        }
    }

    /// A name that is not in the library.
    private struct UnknownName: Error, CustomStringConvertible {
        let kind: String
        let name: String
        let known: [String]

        var description: String {
            if let near = NearestName.to(name, among: known) {
                return "there is no \(kind) \(name); did you mean \(near)?"
            }
            let list = known.sorted().joined(separator: ", ")
            return "there is no \(kind) \(name), expected "
                + (list.isEmpty ? "none, as there is none" : "one of \(list)")
        }
    }
}

extension ConsoleStatus.Script {
    init(_ overview: ScriptHost.Overview) {
        let (state, failure): (String, ScriptFailure?) =
            switch overview.status {
            case .running: ("running", overview.refused)
            case .finished: ("ended", overview.refused)
            case .stopped: ("stopped", nil)
            case .failed(let failure): ("failed", failure)
            }
        self.init(
            name: overview.name, file: overview.path, state: state, error: failure?.message,
            traceback: failure.flatMap { $0.traceback.isEmpty ? nil : $0.traceback })
    }
}

// MARK: - Events

extension BehaviourStage {
    private func post(_ name: String, _ facts: [String: Scalar]) {
        let event = ConsoleEvent(name, seconds: core.host.time, facts)
        for stream in events { stream.post(event) }
    }

    private func post(_ event: BehaviourEngine.Event) {
        // Blinks and glances are too many for people to read.
        guard event.name != "blink", event.name != "gaze_averted" else { return }
        post(event.name, [:])
    }

    private func post(_ event: ScriptHost.Event) {
        var facts: [String: Scalar] = ["script": .text(event.script)]
        switch event.kind {
        case .started: post("script_started", facts)
        case .reloaded: post("script_reloaded", facts)
        case .finished: post("script_ended", facts)
        case .stopped: post("script_stopped", facts)
        case .postponed: post("script_postponed", facts)
        case .failed(let failure), .refused(let failure):
            facts["message"] = .text(failure.message)
            facts["cause"] = .text(failure.cause.rawValue)
            if !failure.traceback.isEmpty { facts["traceback"] = .text(failure.traceback) }
            if case .refused = event.kind { facts["goes_on"] = true }
            post("script_error", facts)
        case .log(let text):
            facts["text"] = .text(text)
            post("log", facts)
        case .acted(let text):
            facts["verb"] = .text(text)
            post("acted", facts)
        case .said(let text):
            facts["text"] = .text(text)
            post("said", facts)
        case .emitted(let name, let value):
            facts["name"] = .text(name)
            facts["value"] = value.scalar
            post("emitted", facts)
        case .emergencyStop(let reason):
            facts["reason"] = .text(reason)
            post("script_emergency_stop", facts)
        }
    }
}

extension Scalar {
    /// As scripts see it.
    var scriptValue: LuaValue {
        switch self {
        case .null: .none
        case .boolean(let value): .boolean(value)
        case .number(let value): Int64(exactly: value).map(LuaValue.integer) ?? .number(value)
        case .text(let text): .text(text)
        }
    }

    /// What an operator typed: a number, `true`, `false`, or a text.
    public init(typed text: String) {
        switch text {
        case "true": self = true
        case "false": self = false
        default: self = Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .text(text)
        }
    }
}

extension LuaValue {
    fileprivate var scalar: Scalar {
        switch self {
        case .none: .null
        case .boolean(let value): .boolean(value)
        case .integer(let value): .number(Double(value))
        case .number(let value): .number(value)
        case .text(let text): .text(text)
        case .table, .function, .other: .text(ScriptHost.text(self))
        }
    }
}
