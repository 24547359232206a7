import ArgumentParser
import Behaviour

/// `mien script reference`: all that a script can say.
struct ScriptReference: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print all that a script can say.",
        discussion: "Scripts/README.md and Scripts/mien.d.lua hold the same.")

    @Flag(help: "As types for the Lua language server, so that an editor completes and checks scripts.")
    var types = false

    func run() { print(types ? VerbReference.types : VerbReference.markdown, terminator: "") }
}
