import ArgumentParser
import Behaviour
import Runtime

/// `mien script reference`: all that a script can say.
struct ScriptReference: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print all that a script can say.",
        discussion: "Scripts/README.md and Scripts/mien.d.lua hold the same.")

    @Flag(help: "As types for the Lua language server, so that an editor completes and checks scripts.")
    var types = false

    func run() throws {
        let reference = VerbReference(try GestureLibrary(folder: try Home.find().file("Scripts")))
        print(types ? reference.types : reference.markdown, terminator: "")
    }
}
