import ArgumentParser
import Runtime

@main
struct Mien: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A controller that gives a robot a face that listens.",
        version: Abilities.version,
        subcommands: [
            Run.self,
            Bench.self,
            Simulate.self,
            Generate.self,
            Reconstruct.self,
            Convert.self,
            Check.self,
            Script.self,
            Record.self,
            Replay.self,
            Plot.self,
            Status.self,
            Events.self,
            Stop.self,
            Clear.self,
            Broker.self,
            Forget.self,
            FleetCommand.self,
            Watchdog.self,
            Ports.self,
            Calibrate.self,
            Import.self,
            Schema.self,
        ])

    static func main() {
        do {
            ConsoleLog.install()
            var command = try parseAsRoot(NegativeNumbers.tied(Array(CommandLine.arguments.dropFirst())))
            try command.run()
            try Failure.requireWrittenOutput()
        } catch {
            Failure.exit(for: error)
        }
    }
}
