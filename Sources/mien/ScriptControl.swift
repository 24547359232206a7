import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien script start`: starts a script in a running controller.
struct ScriptStart: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a script in a running controller.")

    @Argument(help: "The script's file, or the name of one in Scripts/.", completion: .file(extensions: ["lua"]))
    var file: String

    @OptionGroup var choice: RobotChoice

    /// The controller's folder may be another one than this one's.
    var command: Command {
        let isHere = FileManager.default.fileExists(atPath: file)
        return .startScript(file: isHere ? URL(fileURLWithPath: file).standardizedFileURL.path : file)
    }
    var done: String { "started \(file)" }
}

/// A script of a running controller, by name.
struct ScriptName: ParsableArguments {
    @Argument(help: "The script's name, as 'mien script list' says it.")
    var name: String
}

/// `mien script stop`: stops a script.
struct ScriptStop: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a script in a running controller; its layers fade out.")

    @OptionGroup var script: ScriptName
    @OptionGroup var choice: RobotChoice

    var command: Command { .stopScript(name: script.name) }
    var done: String { "stopped \(script.name)" }
}

/// `mien script reload`: loads a script anew.
struct ScriptReload: ConsoleCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Load a script's file anew in a running controller.")

    @OptionGroup var script: ScriptName
    @OptionGroup var choice: RobotChoice

    var command: Command { .reloadScript(name: script.name) }
    var done: String { "reloaded \(script.name)" }
}

/// `mien script list`: the scripts of a running controller.
struct ScriptList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the scripts of a running controller, with their last errors.")

    @OptionGroup var choice: RobotChoice

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        var client = try choice.connect()
        let scripts = try client.status().motion?.scripts ?? []
        if json {
            print(try JSONText.page(["scripts": scripts]))
        } else if scripts.isEmpty {
            print("no script runs")
        } else {
            for line in scripts.flatMap({ StatusText.script($0) }) { print(Failure.printable(line)) }
        }
    }
}
