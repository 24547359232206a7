import ArgumentParser
import Foundation
import Runtime

/// `mien script start`: starts a script in a running controller.
struct ScriptStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start a script in a running controller.")

    @Argument(help: "The script's file, or the name of one in Scripts/.", completion: .file(extensions: ["lua"]))
    var file: String

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        // The controller's folder may be another one than this one's.
        let isHere = FileManager.default.fileExists(atPath: file)
        try client.ask(.startScript(file: isHere ? URL(fileURLWithPath: file).standardizedFileURL.path : file))
        print("\(client.robot): started \(file)")
    }
}

/// `mien script stop`: stops a script.
struct ScriptStop: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop a script in a running controller; its layers fade out.")

    @Argument(help: "The script's name, as 'mien script list' says it.")
    var name: String

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        try client.ask(.stopScript(name: name))
        print("\(client.robot): stopped \(name)")
    }
}

/// `mien script reload`: loads a script anew.
struct ScriptReload: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Load a script's file anew in a running controller.")

    @Argument(help: "The script's name, as 'mien script list' says it.")
    var name: String

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        try client.ask(.reloadScript(name: name))
        print("\(client.robot): reloaded \(name)")
    }
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
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(["scripts": scripts]), as: UTF8.self))
        } else if scripts.isEmpty {
            print("no script runs")
        } else {
            for line in scripts.flatMap({ StatusText.script($0) }) { print(Failure.printable(line)) }
        }
    }
}
