import FaceKit
import Glibc

/// All scripts of a robot, stepped once a motion tick in turn, each with a state, a memory and a budget of its own.
///
/// Scripts see only the tick's time and their own seeded random numbers, so that the same run gives the same calls again.
/// Whatever a script does, the others and the tick go on: it is stopped at the end of its budget, its layers are let go,
/// and its error is an event.
public final class ScriptHost {
    /// Something that happened, for the console, the dashboards and the record.
    public struct Event: Sendable, Equatable {
        public enum Kind: Sendable, Equatable {
            case started
            /// Its file was loaded anew.
            case reloaded
            /// Its file was to be loaded anew and does not compile; the old version goes on.
            case refused(ScriptFailure)
            case finished
            case stopped
            case failed(ScriptFailure)
            case log(String)
            /// A script began a motion: the verb and what it was given.
            case acted(String)
            /// A script said that something happened.
            case emitted(name: String, value: LuaValue)
            /// It has something said.
            case said(String)
            /// It stopped the robot, for a reason.
            case emergencyStop(String)
            /// Scripts took so long that this one had to wait for the next tick.
            case postponed
        }
        public let script: String
        /// The tick's time, seconds.
        public let time: Double
        public let kind: Kind
    }

    /// A function that scripts can call: gets the call, and returns what is to be done.
    public typealias Verb = (_ call: VerbCall) -> VerbResult

    /// The least time that all scripts together may take in a tick before the rest must wait for the next.
    public static let timeATick: Nanoseconds = 8_000_000

    private var scripts: [Script] = []
    private var verbs: [(name: String, table: String?, verb: Verb)] = []
    private var constants: [(name: String, table: String?, value: LuaValue)] = []
    private var prelude: [UInt8] = []
    private var first = 0
    private var streams: UInt32 = 0
    public private(set) var time = 0.0
    /// The most processor time that a script took in one tick, nanoseconds, by its name.
    public private(set) var longest: [String: Nanoseconds] = [:]
    /// What happened since it was last taken.
    public var events: [Event] = []
    /// Called when a script ends in whatever way: its layers go with it.
    public var release: (_ script: String) -> Void = { _ in }
    private let random: CounterRandom
    private let countsInstructions: Bool

    /// - Parameter countsInstructions: whether a script's budget is counted in instructions, so that each run is the same,
    ///   or in processor time, which costs nothing while a script runs.
    public init(seed: UInt64, countsInstructions: Bool = true) {
        self.countsInstructions = countsInstructions
        random = CounterRandom(seed: seed, system: .behaviour)
        addCoreVerbs()
    }

    // MARK: - What scripts can do

    /// Makes a function known to all scripts that are loaded from here on.
    public func register(_ name: String, in table: String? = nil, _ verb: @escaping Verb) {
        verbs.removeAll { $0.name == name && $0.table == table }
        verbs.append((name, table, verb))
    }

    /// Sets a value in all scripts that are loaded from here on.
    public func define(_ name: String, in table: String? = nil, _ value: LuaValue) {
        constants.append((name, table, value))
    }

    /// Lua text that runs in each script before its own.
    public func setPrelude(_ text: String) { prelude = Array(text.utf8) }

    // MARK: - Life cycle

    /// Loads a script, which begins with the next tick. One of the same name is replaced, unless the new one does not
    /// compile: then the old one goes on, and the error says why.
    @discardableResult
    public func load(
        _ source: [UInt8], name: String, path: String, limits: ScriptLimits = ScriptLimits()
    ) -> ScriptFailure? {
        streams += 1
        guard let script = Script(name: name, path: path, limits: limits, stream: streams) else {
            return ScriptFailure(cause: .memory, message: "\(path): not enough memory for a script", traceback: "")
        }
        let old = scripts.firstIndex { $0.name == name }
        if let failure = prepare(script, source) {
            if let old { scripts[old].refused = failure }
            note(old.map { scripts[$0].isAlive } ?? false ? .refused(failure) : .failed(failure), name)
            return failure
        }
        if let old {
            if let kept = scripts[old].state.read("persistent") { _ = script.state.set("persistent", to: kept) }
            if scripts[old].isAlive { release(name) }
            scripts[old] = script
        } else {
            scripts.append(script)
        }
        note(old == nil ? .started : .reloaded, name)
        return nil
    }

    /// Runs a chunk in a script of that name, which lives on with what the chunk left in it; `answer` is given what the
    /// chunk returned, at a later tick, or why it failed. A chunk that fails ends alone.
    public func evaluate(
        _ source: [UInt8], in name: String, limits: ScriptLimits = ScriptLimits(),
        answer: @escaping (Result<[LuaValue], ScriptFailure>) -> Void
    ) {
        let script: Script
        if let known = scripts.first(where: { $0.name == name && $0.isAlive }) {
            script = known
        } else {
            streams += 1
            guard let made = Script(name: name, path: name, limits: limits, stream: streams) else {
                return answer(.failure(ScriptFailure(cause: .memory, message: "not enough memory", traceback: "")))
            }
            if let failure = prepare(made, []) { return answer(.failure(failure)) }
            made.isConsole = true
            scripts.removeAll { $0.name == name }
            scripts.append(made)
            script = made
        }
        switch script.state.load(source, name: name) {
        case .failure(let failure): answer(.failure(failure))
        case .success(let thread):
            var waiting = Script.Waiting(until: -.infinity, isNew: true)
            waiting.answer = answer
            script.threads[thread] = waiting
        }
    }

    private func prepare(_ script: Script, _ source: [UInt8]) -> ScriptFailure? {
        let state = script.state
        state.count(countsInstructions)
        _ = state.set("persistent", to: .table([]))
        for (number, verb) in verbs.enumerated() { _ = state.register(verb.name, in: verb.table, as: number) }
        for constant in constants { _ = state.set(constant.name, in: constant.table, to: constant.value) }
        state.handler = { [weak self, weak script] number, thread, arguments in
            guard let self, let script, number < self.verbs.count else { return .fails("the script has ended") }
            return self.verbs[number].verb(
                VerbCall(host: self, script: script, thread: thread, arguments: arguments))
        }
        if !prelude.isEmpty {
            guard case .success(let thread) = state.load(prelude, name: "mien") else {
                return ScriptFailure(cause: .memory, message: "\(script.path): not enough memory", traceback: "")
            }
            var fuel: Int64 = 1_000_000
            if case .failed(let failure) = state.resume(thread, fuel: &fuel) { return failure }
            state.end(thread: thread)
        }
        switch state.load(source, name: script.path) {
        case .failure(let failure): return failure.naming(script.path)
        case .success(let thread):
            script.threads[thread] = Script.Waiting(until: -.infinity, isNew: true)
            return nil
        }
    }

    /// Stops a script; false when there is none of that name.
    @discardableResult
    public func stop(_ name: String) -> Bool {
        guard let script = scripts.first(where: { $0.name == name }) else { return false }
        if script.isAlive {
            script.status = .stopped
            note(.stopped, name)
            release(name)
            let gone = ScriptFailure(cause: .error, message: "the script was stopped", traceback: "")
            for waiting in script.threads.values { waiting.answer?(.failure(gone)) }
        }
        scripts.removeAll { $0 === script }
        return true
    }

    /// How a script stands.
    public struct Overview: Sendable, Equatable {
        public let name: String
        public let path: String
        public let status: ScriptStatus
        /// Bytes in use.
        public let memory: Int
        /// Why the last version of its file was not taken.
        public let refused: ScriptFailure?
    }

    /// How all scripts stand, in the order they came.
    public var overview: [Overview] {
        scripts.map {
            Overview(
                name: $0.name, path: $0.path, status: $0.status, memory: $0.state.memory, refused: $0.refused)
        }
    }

    /// A script's state, for tests.
    func state(ofScript name: String) -> ScriptState? { scripts.first { $0.name == name }?.state }

    /// Whether any script still runs.
    public var isBusy: Bool { scripts.contains { $0.isAlive } }

    // MARK: - Ticks

    /// Tells all scripts that something happened; they hear of it in the next tick.
    public func announce(_ event: String, _ value: LuaValue = .none) {
        for script in scripts where script.isAlive && script.events.count < script.limits.events {
            script.events.append((event, value))
        }
    }

    /// Gives every script its turn at a tick's time, seconds.
    public func tick(time: Double) {
        self.time = time
        guard !scripts.isEmpty else { return }
        let began = Self.processorTime
        first = (first + 1) % scripts.count
        let turn = scripts[first...] + scripts[..<first]
        var now = began
        for script in turn where script.isAlive {
            guard now - began < Self.timeATick else {
                note(.postponed, script.name)
                continue
            }
            script.fuel = script.limits.instructionsATick
            script.state.guardTime(script.limits.timeATick)
            run(script)
            script.state.endGuard()
            let ended = Self.processorTime
            if ended - now > longest[script.name] ?? 0 { longest[script.name] = ended - now }
            now = ended
        }
    }

    private func run(_ script: Script) {
        script.born.removeAll(keepingCapacity: true)
        deliverEvents(script)
        startTimers(script)
        // Threads in the order of their numbers, then those that began meanwhile, which have their turn in this tick too.
        var turn = script.threads.count == 1 ? Array(script.threads.keys) : script.threads.keys.sorted()
        while script.isAlive, !turn.isEmpty {
            script.born.removeAll(keepingCapacity: true)
            for thread in turn where script.isAlive {
                guard let waiting = script.threads[thread], let values = answer(script, waiting) else { continue }
                advance(script, thread, waiting, values)
            }
            turn = script.born
        }
        if script.isAlive, !script.isConsole, script.threads.isEmpty, script.handlers.isEmpty, script.timers.isEmpty {
            script.status = .finished
            note(.finished, script.name)
            release(script.name)
        }
    }

    /// What a thread is resumed with; nil while it must wait on.
    private func answer(_ script: Script, _ waiting: Script.Waiting) -> [LuaValue]? {
        if waiting.isNew { return waiting.arguments }
        if let isOver = waiting.isOver, isOver() { return [.boolean(true)] }
        if let thread = waiting.thread, script.threads[thread] == nil { return [.boolean(true)] }
        if let condition = waiting.condition, holds(script, condition) { return [.boolean(true)] }
        if time >= waiting.until - 1e-9 {
            // A plain wait is over; a conditional one has timed out.
            let isPlain =
                waiting.event == nil && waiting.condition == nil && waiting.isOver == nil && waiting.thread == nil
            return [.boolean(isPlain)]
        }
        return nil
    }

    private func holds(_ script: Script, _ condition: Int32) -> Bool {
        guard let thread = script.state.spawn(condition) else { return false }
        defer { script.state.end(thread: thread) }
        script.fuel -= 200
        switch script.state.resume(thread, fuel: &script.fuel) {
        case .finished(let values): return values.first?.isTrue ?? false
        case .waiting:
            fail(script, ScriptFailure(cause: .error, message: "a condition of wait_until cannot wait", traceback: ""))
            return false
        case .failed(let failure):
            fail(script, failure)
            return false
        }
    }

    /// What this thread has had of a processor, so that other programs' time is nobody's fault.
    private static var processorTime: Nanoseconds {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Nanoseconds(time.tv_sec * 1_000_000_000 + time.tv_nsec)
    }

    private func advance(_ script: Script, _ thread: Int32, _ waiting: Script.Waiting, _ values: [LuaValue]) {
        script.threads[thread] = Script.Waiting()
        // A run that is too short for the count hook costs all the same.
        script.fuel -= 200
        let outcome = script.state.resume(thread, with: values, fuel: &script.fuel)
        if let condition = waiting.condition { script.state.release(function: condition) }
        switch outcome {
        case .waiting:
            script.threads[thread]?.function = waiting.function
            script.threads[thread]?.answer = waiting.answer
        case .finished(let values):
            finish(script, thread, waiting)
            waiting.answer?(.success(values))
        case .failed(let failure):
            finish(script, thread, waiting)
            if let answer = waiting.answer { return answer(.failure(failure)) }
            fail(script, failure)
        }
    }

    private func finish(_ script: Script, _ thread: Int32, _ waiting: Script.Waiting) {
        script.threads[thread] = nil
        script.state.end(thread: thread)
        if let function = waiting.function { script.state.release(function: function) }
    }

    private func fail(_ script: Script, _ failure: ScriptFailure) {
        guard script.isAlive else { return }
        let said = failure.naming(script.path)
        script.status = .failed(said)
        note(.failed(said), script.name)
        release(script.name)
    }

    private func deliverEvents(_ script: Script) {
        let events = script.events
        script.events.removeAll()
        for event in events {
            for (thread, waiting) in script.threads where waiting.event == event.name {
                script.threads[thread]?.isOver = { true }
            }
            for handler in script.handlers[event.name] ?? [] {
                start(script, handler, event.value == .none ? [] : [event.value], owned: false)
            }
        }
    }

    private func startTimers(_ script: Script) {
        for index in script.timers.indices where time >= script.timers[index].next - 1e-9 {
            script.timers[index].next = max(
                script.timers[index].next + script.timers[index].interval, time)
            start(script, script.timers[index].function, [], owned: false)
        }
    }

    /// Begins a thread; nil when there are too many or there is no memory.
    @discardableResult
    func start(_ script: Script, _ function: Int32, _ arguments: [LuaValue], owned: Bool) -> Int32? {
        guard script.threads.count < script.limits.threads, let thread = script.state.spawn(function) else {
            fail(
                script,
                ScriptFailure(
                    cause: .memory, message: "more than \(script.limits.threads) things happen at the same time",
                    traceback: ""))
            return nil
        }
        script.threads[thread] = Script.Waiting(
            until: -.infinity, isNew: true, arguments: arguments, function: owned ? function : nil)
        script.born.append(thread)
        return thread
    }

    func note(_ kind: Event.Kind, _ script: String) {
        // A script that says too much is not let fill the memory.
        guard events.count < 10_000 else { return }
        events.append(Event(script: script, time: time, kind: kind))
    }

    /// A random number from 0 to below 1, of a script's own stream.
    func draw(_ script: Script) -> Double {
        script.draws += 1
        return Double(random.uniform(frame: script.draws, draw: script.stream))
    }
}
