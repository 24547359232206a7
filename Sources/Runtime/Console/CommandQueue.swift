import Synchronization

/// The commands that wait for the motion tick, each with where its answer goes: bounded, and filled from any thread.
public final class CommandQueue: Sendable {
    /// Where a command's answer goes; called once, from the thread that performs it.
    public typealias Answer = @Sendable (Result<[String: Scalar], Command.Problem>) -> Void

    private struct Item: Sendable {
        let command: Command
        let answer: Answer
    }

    private let items = Mutex<[Item]>([])
    private let capacity: Int

    public init(capacity: Int = 64) { self.capacity = capacity }

    /// Queues a command, or answers at once that too many wait.
    public func put(_ command: Command, answer: @escaping Answer) {
        let isFull = items.withLock { items in
            guard items.count < capacity else { return true }
            items.append(Item(command: command, answer: answer))
            return false
        }
        if isFull { answer(.failure(.busy(waiting: capacity))) }
    }

    /// Performs the commands that wait, in their order, at most `limit` of them; the rest wait for the next tick.
    public func drain(atMost limit: Int = 16, _ perform: (Command, @escaping Answer) -> Void) {
        let taken = items.withLock { items in
            let taken = Array(items.prefix(limit))
            items.removeFirst(taken.count)
            return taken
        }
        for item in taken { perform(item.command, item.answer) }
    }
}
