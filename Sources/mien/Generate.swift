import ArgumentParser

/// `mien generate`: makes motion offline, from a file or from nothing, without a robot.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Generate facial motion into files, without a robot.",
        subcommands: subcommands)

    /// One per kind of generator.
    static let subcommands: [any ParsableCommand.Type] = [GenerateIdle.self, GenerateListener.self, GenerateRuns.self]
}
