/// One call of a verb.
public struct VerbCall {
    let host: ScriptHost
    let script: Script
    let thread: Int32
    public let arguments: [LuaValue]

    /// The script's name.
    public var scriptName: String { script.name }
    /// Path of the script's file.
    public var scriptPath: String { script.path }
    /// How its motions stand to those of other scripts.
    public var rank: Int { script.rank }

    public func setRank(_ rank: Int) { script.rank = rank }

    /// The tick's time, seconds.
    public var time: Double { host.time }

    /// An argument, nil when it was left out or is nil.
    public func argument(_ index: Int) -> LuaValue? {
        guard arguments.indices.contains(index), arguments[index] != .none else { return nil }
        return arguments[index]
    }

    /// Suspends the script's thread until something is over, at most for so many seconds; the call then returns whether
    /// it was.
    public func wait(atMost seconds: Double = .infinity, until isOver: @escaping () -> Bool) -> VerbResult {
        script.threads[thread]?.isOver = isOver
        script.threads[thread]?.until = host.time + seconds
        return .waits
    }

    /// Suspends the script's thread for so many seconds.
    public func wait(seconds: Double) -> VerbResult {
        script.threads[thread]?.until = host.time + seconds
        return .waits
    }
}
