import CLuaHost
import FaceKit

/// What a verb wants done after it was called.
public enum VerbResult: Sendable {
    case returns([LuaValue])
    /// An error at the caller's line.
    case fails(String)
    /// The thread waits until it is resumed.
    case waits
}

/// One Lua state with its budget, as Swift sees it. It belongs to one thread.
final class ScriptState {
    /// How a run of one of its threads ended.
    enum Outcome: Equatable {
        case finished([LuaValue])
        case waiting
        case failed(ScriptFailure)
    }

    /// Receives the calls of verbs: the verb's number, the thread's, and the arguments.
    typealias Handler = (_ verb: Int, _ thread: Int32, _ arguments: [LuaValue]) -> VerbResult

    var handler: Handler = { _, _, _ in .fails("no verb is there") }
    private let lua: OpaquePointer
    private var outbox = LuaOutbox()
    private var inbox = LuaOutbox()

    /// Nil when the libraries alone do not fit into the memory.
    init?(memoryLimit: Int) {
        let shell = Shell()
        guard
            let lua = mien_lua_create(
                memoryLimit,
                { context, verb, thread, arguments, count, results, resultCount in
                    guard let context else { return Int32(MIEN_FAIL.rawValue) }
                    let shell = Unmanaged<Shell>.fromOpaque(context).takeUnretainedValue()
                    guard let state = shell.state else { return Int32(MIEN_FAIL.rawValue) }
                    return state.call(
                        verb, thread, UnsafeBufferPointer(start: arguments, count: count), results, resultCount)
                }, Unmanaged.passUnretained(shell).toOpaque())
        else { return nil }
        self.lua = lua
        self.shell = shell
        shell.state = self
    }

    /// What the C side points at: it lives as long as the state, and the state does not hold itself.
    private final class Shell {
        weak var state: ScriptState?
    }
    private let shell: Shell

    deinit { mien_lua_destroy(lua) }

    private func call(
        _ verb: Int32, _ thread: Int32, _ arguments: UnsafeBufferPointer<mien_value>,
        _ results: UnsafeMutablePointer<UnsafePointer<mien_value>?>?, _ count: UnsafeMutablePointer<Int>?
    ) -> Int32 {
        switch handler(Int(verb), thread, LuaWire.values(arguments)) {
        case .returns(let values):
            outbox.set(values)
            hand(results, count)
            return Int32(MIEN_RETURN.rawValue)
        case .fails(let message):
            outbox.set([.text(message)])
            hand(results, count)
            return Int32(MIEN_FAIL.rawValue)
        case .waits: return Int32(MIEN_WAIT.rawValue)
        }
    }

    private var handed: UnsafeMutablePointer<mien_value>?
    private var handedCapacity = 0

    /// Copies the outbox to where the C side can read it after this call has returned.
    private func hand(
        _ results: UnsafeMutablePointer<UnsafePointer<mien_value>?>?, _ count: UnsafeMutablePointer<Int>?
    ) {
        if handedCapacity < outbox.list.count {
            handed?.deallocate()
            handedCapacity = max(16, outbox.list.count * 2)
            handed = .allocate(capacity: handedCapacity)
        }
        for (index, item) in outbox.list.enumerated() { handed?[index] = item }
        results?.pointee = handed.map { UnsafePointer($0) }
        count?.pointee = outbox.list.count
    }

    // MARK: - Setting up

    func register(_ name: String, in table: String?, as verb: Int) -> Bool {
        mien_lua_register(lua, table, name, Int32(verb))
    }

    func set(_ name: String, in table: String? = nil, to value: LuaValue) -> Bool {
        inbox.set([value])
        return inbox.list.withUnsafeBufferPointer { mien_lua_set(lua, table, name, $0.baseAddress, $0.count) }
    }

    func freeze(_ name: String) -> Bool { mien_lua_freeze(lua, name) }

    /// The value of a global table.
    func read(_ name: String) -> LuaValue? {
        var list: UnsafePointer<mien_value>?
        let count = mien_lua_read(lua, name, &list)
        return LuaWire.values(UnsafeBufferPointer(start: list, count: count)).first
    }

    // MARK: - Threads

    /// Lua cuts longer names of chunks in its messages.
    private static let longestName = 58

    /// Compiles a chunk; the thread that will run it. Messages name the file, without its folders where they are too long.
    func load(_ source: [UInt8], name: String) -> Result<Int32, ScriptFailure> {
        var message = [CChar](repeating: 0, count: 512)
        let isLong = name.utf8.count > Self.longestName
        let name = isLong ? name.split(separator: "/").last.map(String.init) ?? name : name
        let thread = source.withUnsafeBytes { bytes in
            mien_lua_load(
                lua, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, "=" + name, &message,
                message.count)
        }
        guard thread < 0 else { return .success(thread) }
        var text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // What Lua 5.4 says of code that nests deeper than its own calls may.
        if text == "C stack overflow" { text = "the code nests too deeply" }
        return .failure(ScriptFailure(cause: .syntax, message: text, traceback: ""))
    }

    /// A thread that will call a function.
    func spawn(_ function: Int32) -> Int32? {
        let thread = mien_lua_spawn(lua, function)
        return thread < 0 ? nil : thread
    }

    func release(function: Int32) { mien_lua_release(lua, function) }

    func end(thread: Int32) { mien_lua_end(lua, thread) }

    /// Runs a thread until it waits or ends.
    ///
    /// - Parameters:
    ///   - fuel: what it may spend; what is left of it afterwards.
    func resume(
        _ thread: Int32, with values: [LuaValue] = [], raising: Bool = false, fuel: inout Int64
    ) -> Outcome {
        inbox.set(values)
        let state = inbox.list.withUnsafeBufferPointer {
            mien_lua_resume(lua, thread, $0.baseAddress, $0.count, raising, &fuel)
        }
        switch UInt32(state) {
        case MIEN_DONE.rawValue:
            var list: UnsafePointer<mien_value>?
            let count = mien_lua_results(lua, &list)
            return .finished(LuaWire.values(UnsafeBufferPointer(start: list, count: count)))
        case MIEN_SUSPENDED.rawValue: return .waiting
        default:
            return .failed(
                ScriptFailure(
                    cause: .init(mien_lua_cause(lua)), message: String(cString: mien_lua_message(lua)),
                    traceback: String(cString: mien_lua_traceback(lua))))
        }
    }

    /// Whether instructions are counted, so that every run is the same, or only guarded by their time.
    func count(_ counts: Bool) { mien_lua_count(lua, counts) }

    /// From here on the threads' runs may take so much of this thread's processor time together.
    func guardTime(_ nanoseconds: Nanoseconds) { mien_lua_guard(lua, Int64(nanoseconds)) }
    func endGuard() { mien_lua_unguard(lua) }

    /// Bytes in use.
    var memory: Int { mien_lua_memory(lua) }
    var peakMemory: Int { mien_lua_peak(lua) }
}

/// Why a script was stopped.
public struct ScriptFailure: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Cause: String, Sendable, Codable {
        case syntax, error, budget, time, memory

        init(_ code: Int32) {
            self =
                switch UInt32(code) {
                case MIEN_CAUSE_FUEL.rawValue: .budget
                case MIEN_CAUSE_TIME.rawValue: .time
                case MIEN_CAUSE_MEMORY.rawValue: .memory
                default: .error
                }
        }
    }

    public var cause: Cause
    /// One sentence, with the file and line where the script says so.
    public var message: String
    /// Lines from the innermost call outwards.
    public var traceback: String

    public var description: String { message }

    /// The same with the file's name before a message that names no place in it: a budget's, Lua's own about deep nesting,
    /// an error that is no text.
    func naming(_ path: String) -> ScriptFailure {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        guard !message.hasPrefix(path), !message.hasPrefix(file + ":") else { return self }
        var named = self
        named.message = "\(path): \(message)"
        return named
    }
}
