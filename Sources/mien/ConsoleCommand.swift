import ArgumentParser
import Runtime

/// A subcommand that gives a running controller one command and says that it was done.
protocol ConsoleCommand: ParsableCommand {
    var choice: RobotChoice { get }
    var command: Command { get }
    /// What was done, in a few words.
    var done: String { get }
}

extension ConsoleCommand {
    func run() throws {
        var client = try choice.connect()
        try client.ask(command)
        print(Failure.printable("\(client.robot): \(done)"))
    }
}
