import ArgumentParser

/// `mien script`: behaviours in Lua.
struct Script: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work with behaviour scripts in Lua.",
        subcommands: [
            ScriptRun.self,
            ScriptCheckCommand.self,
            ScriptRepl.self,
            ScriptStart.self,
            ScriptStop.self,
            ScriptReload.self,
            ScriptList.self,
            ScriptReference.self,
        ])
}
