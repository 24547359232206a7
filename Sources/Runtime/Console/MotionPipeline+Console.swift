import FaceKit

extension MotionPipeline {
    /// Performs the commands that wait for the motion tick, and answers each.
    mutating func performCommands(of console: Console, index: Int) {
        console.commands.drain { command, answer in
            switch command {
            case .status:
                console.report(status(index: index))
                answer(.success([:]))
            default: answer(.failure(.notHere(command: command.specification.name)))
            }
        }
    }

    private func status(index: Int) -> ConsoleStatus.Motion {
        var status = ConsoleStatus.Motion()
        status.ticks = index + 1
        status.personIsPresent = isPersonPresent
        return status
    }
}
