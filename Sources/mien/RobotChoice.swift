import ArgumentParser
import Runtime

/// Which of the running controllers a command is for.
struct RobotChoice: ParsableArguments {
    @Option(help: "The robot's name, where several controllers run.")
    var robot: String?

    func connect() throws -> ConsoleClient { try ConsoleClient(robot: robot) }
}
