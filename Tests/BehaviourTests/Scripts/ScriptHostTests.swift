import FaceKit
import Foundation
import Testing

@testable import Behaviour

/// Scripts' life: start, stop, reload, errors, and what one keeps from another.
@Suite struct ScriptHostTests {
    private func load(
        _ host: ScriptHost, _ source: String, _ name: String = "s", limits: ScriptLimits = ScriptLimits()
    ) -> ScriptFailure? {
        host.load(Array(source.utf8), name: name, path: name + ".lua", limits: limits)
    }

    /// What scripts logged while a host ran from one tick to another.
    private func logs(_ host: ScriptHost, ticks: Range<Int>) -> [String] {
        for tick in ticks { host.tick(time: Double(tick) / 25) }
        defer { host.events.removeAll() }
        return host.events.compactMap { if case .log(let text) = $0.kind { text } else { nil } }
    }

    private func status(_ host: ScriptHost, _ name: String) -> ScriptStatus? {
        host.overview.first { $0.name == name }?.status
    }

    @Test func anErrorStopsThatScriptOnlyAndSaysWhere() throws {
        let host = ScriptHost(seed: 1)
        var released: [String] = []
        host.release = { released.append($0) }
        _ = load(host, "local function f()\n  local x = nil\n  x.y = 1\nend\nwait(0.1)\nf()", "bad")
        _ = load(host, "while true do log('on') wait(0.04) end", "good")
        #expect(logs(host, ticks: 0..<25).count == 25)
        guard case .failed(let failure) = status(host, "bad") else {
            Issue.record("the script goes on")
            return
        }
        #expect(failure.message.hasPrefix("bad.lua:3: attempt to index a nil value (local 'x')"))
        #expect(failure.traceback.contains("bad.lua:3") && failure.traceback.contains("bad.lua:6"))
        #expect(released == ["bad"] && status(host, "good") == .running)
    }

    @Test func aReloadBeginsAnewWithWhatIsPersistent() {
        let host = ScriptHost(seed: 1)
        let version = { (number: Int) in
            """
            persistent.count = (persistent.count or 0) + 1
            persistent.inner = persistent.inner or {list = {1, 2, "x"}, flag = true}
            lost = (lost or 0) + 1
            log(\(number), persistent.count, persistent.inner.list[3], persistent.inner.flag, lost)
            wait(1e6)
            """
        }
        #expect(load(host, version(1)) == nil)
        #expect(logs(host, ticks: 0..<5) == ["1 1 x true 1"])
        #expect(load(host, version(2)) == nil)
        #expect(logs(host, ticks: 5..<10) == ["2 2 x true 1"])
    }

    @Test func aSyntaxErrorKeepsTheVersionBeforeAndSaysWhere() throws {
        let host = ScriptHost(seed: 1)
        var released = 0
        host.release = { _ in released += 1 }
        _ = load(host, "while true do log('one') wait(0.04) end")
        #expect(logs(host, ticks: 0..<3).count == 3)
        let failure = try #require(load(host, "while true do\n  log('two'\nend"))
        #expect(failure.cause == .syntax && failure.message.hasPrefix("s.lua:3:"))
        #expect(logs(host, ticks: 3..<6) == ["one", "one", "one"])
        #expect(released == 0 && host.overview[0].refused == failure && host.overview[0].status == .running)
        #expect(load(host, "while true do log('three') wait(0.04) end") == nil)
        #expect(logs(host, ticks: 6..<8) == ["three", "three"])
        #expect(released == 1 && host.overview[0].refused == nil)
    }

    /// A state that does not live because it is looked at.
    private struct Trace {
        weak var state: ScriptState?
    }

    @Test func aThousandReloadsLeakNothing() throws {
        let core = BehaviourCore(
            frameRate: 25, seed: 1, library: try GestureLibrary(folder: ScenarioRun.folder.path))
        let source = """
            layer{name = "mine", priority = 85}
            persistent.n = (persistent.n or 0) + 1
            on("x", function() nod() end)
            every(0.1, function() emit("x") end)
            local big = {} for i = 1, 5000 do big[i] = "text " .. i end
            async.pose{face = {jawOpen = 0.3}, hold = math.huge, layer = "mine"}
            parallel(function() smile(0.5, 60) end, function() wait(60) end)
            """
        var tick = 0
        var traces: [Trace] = []
        func reload(_ count: Int) {
            for _ in 0..<count {
                #expect(core.host.load(Array(source.utf8), name: "s", path: "s.lua") == nil)
                for _ in 0..<4 {
                    core.begin(time: Double(tick) / 25, person: nil)
                    _ = core.mix(FaceChannels())
                    tick += 1
                }
                core.host.events.removeAll()
                traces.append(Trace(state: core.host.state(ofScript: "s")))
            }
        }
        reload(200)
        let inside = core.host.overview[0].memory
        reload(800)
        // A state frees all of Lua's memory when it goes; only the last one is still there.
        #expect(traces.count == 1_000 && traces.count { $0.state != nil } == 1 && traces.last?.state != nil)
        #expect(abs(core.host.overview[0].memory - inside) < 50_000)
        #expect(core.engine.layers.count == Layer.standard.count + 1 && core.engine.actions.count < 30)
        #expect(core.host.overview.count == 1)
    }

    @Test func aStoppedScriptIsGoneAndItsMotionEasesOut() throws {
        let core = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary())
        core.engine.setHabits(isOn: false, blinkRate: nil)
        core.host.load(Array("pose{face = {jawOpen = 0.8}, hold = math.huge}".utf8), name: "s", path: "s")
        var frames: [Float] = []
        for tick in 0..<100 {
            if tick == 50 { core.host.stop("s") }
            core.begin(time: Double(tick) / 25, person: nil)
            frames.append(core.mix(FaceChannels())[FaceChannel(.jawOpen)])
        }
        #expect(abs(frames[49] - 0.8) < 1e-6 && frames[53] > 0.2 && frames[53] < 0.8 && frames[65] == 0)
        #expect(core.host.overview.isEmpty && !core.host.stop("s"))
    }

    @Test func scriptsHearEachOther() {
        let host = ScriptHost(seed: 1)
        _ = load(host, "on('ball', function(n) log('got ' .. n) end)", "a")
        _ = load(host, "wait(0.2) emit('ball', 7) wait(1)", "b")
        #expect(logs(host, ticks: 0..<20) == ["got 7"])
    }

    @Test func scriptsCannotSeeEachOther() {
        let host = ScriptHost(seed: 1)
        _ = load(host, "secret = 1 string.x = 2 persistent.y = 3 wait(1e6)", "a")
        _ = load(host, "wait(0.2) log(secret, string.x, persistent.y)", "b")
        #expect(logs(host, ticks: 0..<20) == ["nil nil nil"])
    }

    @Test func eachScriptDrawsItsOwnNumbersAndTheSameAgain() {
        func drawn(_ seed: UInt64) -> [String] {
            let core = BehaviourCore(frameRate: 25, seed: seed, library: GestureLibrary())
            let host = core.host
            for name in ["a", "b"] { _ = load(host, "log(random(), random(6), random(-5, 5), math.random())", name) }
            defer { withExtendedLifetime(core) {} }
            return logs(host, ticks: 0..<2)
        }
        let first = drawn(1)
        #expect(first == drawn(1) && first != drawn(2) && first[0] != first[1])
    }

    @Test func aScriptThatUsesItsBudgetUpEndsAndTheOthersGoOn() throws {
        let host = ScriptHost(seed: 1)
        _ = load(host, "while true do end", "greedy")
        _ = load(host, "while true do log('on') wait(0.04) end", "good")
        #expect(logs(host, ticks: 0..<10).count == 10)
        guard case .failed(let failure) = status(host, "greedy") else {
            Issue.record("the script goes on")
            return
        }
        #expect(failure.cause == .budget || failure.cause == .time)
        #expect(failure.message.hasPrefix("greedy.lua"))
    }

    @Test func theBudgetIsATicksAndComesAgain() {
        let host = ScriptHost(seed: 1)
        // Nine tenths of a budget in each tick.
        _ = load(host, "for i = 1, 50 do local x = 0 for j = 1, 20000 do x = x + j end wait(0.04) end log('done')")
        #expect(logs(host, ticks: 0..<60) == ["done"])
    }

    @Test func chunksOfAnOperatorAnswerAndFailAlone() throws {
        let core = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary())
        var answers: [String] = []
        func type(_ source: String) {
            core.host.evaluate(Array(source.utf8), in: "console") { result in
                switch result {
                case .success(let values): answers.append(values.map(ScriptHost.text).joined(separator: " "))
                case .failure(let failure): answers.append("! " + failure.message)
                }
            }
        }
        var tick = 0
        func run(_ count: Int) {
            for _ in 0..<count {
                core.begin(time: Double(tick) / 25, person: nil)
                tick += 1
            }
        }
        type("x = 41 return x, 'a'")
        run(1)
        type("x = x + 1 wait(0.2) return x")
        run(3)
        #expect(answers == ["41 a"])
        run(4)
        type("return (")
        type("error('no')")
        type("return nothing.here")
        run(2)
        type("return x")
        run(1)
        #expect(answers.count == 6 && answers[1] == "42" && answers[5] == "42")
        #expect(answers[2...4].allSatisfy { $0.hasPrefix("! console:1:") })
        type("wait(1e6)")
        run(1)
        core.host.stop("console")
        #expect(answers.last == "! the script was stopped")
    }

    @Test func raceParallelAndStateDoWhatTheySay() {
        let core = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary())
        let source = """
            local first = race(
                function() wait(0.5) log("slow") end, function() wait(0.2) end, function() wait(9) log("never") end)
            log("race", first, clock())
            parallel(function() wait(0.4) end, function() wait(0.2) end)
            log("parallel", clock())
            sequence(function() wait(0.2) end, function() wait(0.2) end)
            log("sequence", clock())
            state({
                a = function() wait(0.2) return "b" end,
                b = function() log("b", clock()) return nil end,
            }, "a")
            repeat_(2, function(n) log("n", n) end)
            local handle = async.wait(10)
            log(handle:running())
            handle:cancel()
            log(handle:running())
            log(wait_until("never", 0.2), wait_until(function() return clock() > 2 end, 1), clock())
            """
        #expect(core.host.load(Array(source.utf8), name: "s", path: "s.lua") == nil)
        for tick in 0..<100 { core.begin(time: Double(tick) / 25, person: nil) }
        let lines = core.host.events.compactMap { if case .log(let text) = $0.kind { text } else { nil } }
        // A wait of 0.2 s is five ticks; the one that ends a group is seen in the tick after it at the latest.
        func time(_ name: String) -> Double {
            lines.first { $0.hasPrefix(name) }?.split(separator: " ").last.flatMap { Double($0) } ?? .nan
        }
        #expect(lines.first == "race 2 0.2" || lines.first == "race 2 0.24")
        #expect(abs(time("parallel") - 0.6) < 0.09 && abs(time("sequence") - 1.0) < 0.13)
        #expect(abs(time("b ") - 1.2) < 0.13)
        #expect(!lines.contains("slow") && !lines.contains("never"))
        #expect(Array(lines.dropFirst(4).prefix(4)) == ["n 1", "n 2", "true", "false"])
        #expect(lines.last?.hasPrefix("false true 2.0") == true)
    }

    @Test func aScriptThatTalksTooMuchIsNotLetFillTheMemory() {
        let host = ScriptHost(seed: 1)
        _ = load(host, "while true do for i = 1, 200 do log('x') end wait(0.01) end")
        for tick in 0..<200 { host.tick(time: Double(tick) / 25) }
        #expect(host.events.count <= 10_000)
    }
}
