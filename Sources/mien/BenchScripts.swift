import Behaviour
import CLua
import Foundation

/// What scripts cost: `script_tick_ten_idle` is a tick with ten scripts that wait, `script_empty_handler` the call of a
/// handler that does nothing, `script_reload` a reload and its first tick.
func benchScripts(seconds: Double, folder: String) throws -> [String: KernelTiming] {
    let idle = ScriptHost(seed: 1, countsInstructions: false)
    for number in 1...10 {
        idle.load(
            Array("on('never', function() end) while true do wait(1) end".utf8), name: "idle\(number)", path: "idle.lua"
        )
    }
    var time = 0.0
    let tick = timed(seconds) {
        time += 0.04
        idle.tick(time: time)
    }

    let calls = 100
    let handler = ScriptHost(seed: 1, countsInstructions: false)
    handler.load(Array("on('bell', function() end)".utf8), name: "handler", path: "handler.lua")
    handler.tick(time: 0)
    let all = timed(seconds, before: { for _ in 0..<calls { handler.announce("bell") } }, { handler.tick(time: 0) })
    return [
        "script_tick_ten_idle": tick, "script_reload": try benchReload(seconds: seconds, folder: folder),
        "script_empty_handler": KernelTiming(
            p50: all.p50 / Double(calls), p99: all.p99 / Double(calls), count: all.count * calls),
    ]
}

/// How much longer a loop takes under a script's budget than in plain Lua, as a share: what the guard of a robot's run costs,
/// or what counting instructions costs on the virtual clock.
func benchHook(seconds: Double, countsInstructions: Bool) -> Double {
    let loop = "local sum = 0 for i = 1, 200000 do sum = sum + i % 7 end"
    var limits = ScriptLimits()
    limits.instructionsATick = .max / 2
    limits.timeATick = 10_000_000_000
    let host = ScriptHost(seed: 1, countsInstructions: countsInstructions)
    let text = Array(loop.utf8)
    let budgeted = timed(
        seconds, before: { host.load(text, name: "loop", path: "loop.lua", limits: limits) }, { host.tick(time: 0) })

    guard let lua = luaL_newstate() else { return .nan }
    defer { lua_close(lua) }
    let plain = timed(seconds, before: { luaL_loadstring(lua, loop) }, { lua_pcallk(lua, 0, 0, 0, 0, nil) })
    return budgeted.p50 / plain.p50 - 1
}

/// A reload and the tick after it, of the scenario of the museum guide.
func benchReload(seconds: Double, folder: String) throws -> KernelTiming {
    let core = BehaviourCore(frameRate: 25, seed: 1, library: try GestureLibrary(folder: folder))
    let source = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/08_museum_guide.lua")))
    var time = 0.0
    return timed(seconds) {
        time += 0.04
        core.host.load(source, name: "guide", path: "guide.lua")
        core.begin(time: time, person: nil)
        core.host.events.removeAll()
    }
}
