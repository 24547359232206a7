import ArgumentParser
import Hardware

/// `mien watchdog`: the process that outlives a `mien run` that was killed, started by it.
struct Watchdog: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say the last word on a robot's lines when the program that drives it dies.", shouldDisplay: false)

    func run() throws {
        // The number that the parent passes the socket under.
        GuardianWatch.run(socket: 3)
    }
}
