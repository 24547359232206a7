import FaceKit

extension MotionPipeline {
    /// Performs the commands that wait for the motion tick, and answers each.
    mutating func performCommands(of console: Console, index: Int, seconds: Double) {
        console.commands.drain { command, answer in
            switch command {
            case .status:
                console.report(status(index: index))
                answer(.success([:]))
            default:
                tap?.performs(command, atMotionTick: index)
                guard performer != nil else {
                    return answer(.failure(.notHere(command: command.specification.name)))
                }
                performer?.perform(command, at: seconds, answer: answer)
            }
        }
    }

    private func status(index: Int) -> ConsoleStatus.Motion {
        var status = ConsoleStatus.Motion()
        status.ticks = index + 1
        status.personIsPresent = isPersonPresent
        performer?.describe(into: &status)
        return status
    }
}
