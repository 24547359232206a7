/// Whoever performs commands on the motion tick: the behaviour engine, with the script host behind it.
public protocol CommandPerformer {
    /// Performs a command at a motion tick, `seconds` after the run's start, and answers it, at once or at a later tick;
    /// never an emergency stop, `clear`, `status` or `events`, which do not come this way.
    mutating func perform(_ command: Command, at seconds: Double, answer: @escaping CommandQueue.Answer)

    /// Fills in what it knows: intensity, drivers, layers, scripts.
    func describe(into status: inout ConsoleStatus.Motion)
}
