import Synchronization

/// Answers to commands on their way from the motion tick to the thread of whoever asked.
final class CommandAnswers: Sendable {
    typealias Answer = (ticket: Int, result: Result<[String: Scalar], Command.Problem>)

    private let waiting = Mutex<[Answer]>([])

    func put(_ answer: Answer) { waiting.withLock { $0.append(answer) } }

    /// Takes all that have come.
    func take() -> [Answer] {
        waiting.withLock { answers in
            defer { answers = [] }
            return answers
        }
    }
}
