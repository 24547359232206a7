import FaceKit

/// What a script may use up.
public struct ScriptLimits: Sendable, Equatable {
    /// Bytes of its whole state.
    public var memory = 1 << 20
    /// Instructions, and work in libraries worth as much, in one motion tick.
    public var instructionsATick: Int64 = 100_000
    /// Nanoseconds in one motion tick: the safety net under the instructions.
    public var timeATick: Nanoseconds = 4_000_000
    /// Threads that wait at the same time.
    public var threads = 200
    /// Events that wait to be handled.
    public var events = 200

    public init() {}
}

/// Where a script stands.
public enum ScriptStatus: Sendable, Equatable {
    case running
    /// Its main part has returned and nothing waits.
    case finished
    case failed(ScriptFailure)
    case stopped
}

/// One script: its state, the threads that wait in it, and what it wants to be told.
final class Script {
    let name: String
    let path: String
    let limits: ScriptLimits
    let state: ScriptState
    var status = ScriptStatus.running
    /// How its motions stand to those of other scripts: higher covers.
    var rank = 0
    /// Why the last version of its file was not taken.
    var refused: ScriptFailure?
    /// Whether it only lives for the chunks that an operator types.
    var isConsole = false
    var threads: [Int32: Waiting] = [:]
    /// Functions by the event that calls them.
    var handlers: [String: [Int32]] = [:]
    var timers: [Timer] = []
    /// Threads that began while others ran.
    var born: [Int32] = []
    /// Events on their way to handlers.
    var events: [(name: String, value: LuaValue)] = []
    /// What is left of this tick's budget.
    var fuel: Int64 = 0
    /// Draws so far: each has a number of its own.
    var draws: UInt32 = 0
    let stream: UInt32

    /// What a thread waits for.
    struct Waiting {
        /// The tick's time at which it goes on, seconds; never when infinite.
        var until = Double.infinity
        /// The event that it waits for.
        var event: String?
        /// A function that must say true.
        var condition: Int32?
        /// Something of the host that must be over.
        var isOver: (() -> Bool)?
        /// A thread that must have ended.
        var thread: Int32?
        /// Whether it has not run yet, and what it is called with.
        var isNew = false
        var arguments: [LuaValue] = []
        /// Reference of the function it runs, to be let go when it ends.
        var function: Int32?
        /// Who wants to know what it returned.
        var answer: ((Result<[LuaValue], ScriptFailure>) -> Void)?
    }

    struct Timer {
        var interval: Double
        var next: Double
        var function: Int32
        let number: Int
    }

    init?(name: String, path: String, limits: ScriptLimits, stream: UInt32) {
        guard let state = ScriptState(memoryLimit: limits.memory) else { return nil }
        self.name = name
        self.path = path
        self.limits = limits
        self.state = state
        self.stream = stream
    }

    var isAlive: Bool { status == .running }
}
