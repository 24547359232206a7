import Foundation
import Testing

@testable import Behaviour

/// Each finding is written by hand from the sample vocabulary: where, how bad, and the sentence.
@Suite struct ScriptCheckTests {
    private func findings(_ script: String) -> [String] {
        ScriptCheck(vocabulary: .sample).check(Array(script.utf8), file: "s.lua").map(\.description)
    }

    @Test(arguments: [
        ("nodd(2)", "s.lua:1:1: error: nothing is called 'nodd'; did you mean 'nod'?"),
        ("local x = 1\n  wiat(x)", "s.lua:2:3: error: nothing is called 'wiat'; did you mean 'wait'?"),
        ("frobnicate()", "s.lua:1:1: error: nothing is called 'frobnicate'"),
        ("greting = 'a' say(greeting)", "s.lua:1:19: error: nothing is called 'greeting'; did you mean 'greting'?"),
        ("log(os.time())", "s.lua:1:5: error: scripts have no 'os': clock() gives the seconds since the start"),
        ("log(person.smilling)", "s.lua:1:12: error: 'person' has no 'smilling'; did you mean 'smiling'?"),
        ("log(person.head.yaw)", "s.lua:1:17: error: 'person.head' has no 'yaw'"),
        ("log(math.foor(1.5))", "s.lua:1:10: error: 'math' has no 'foor'; did you mean 'floor'?"),
        ("person.present()", "s.lua:1:8: error: 'person.present' is no function and cannot be called"),
        ("nod = 3", "s.lua:1:1: warning: this replaces 'nod', which every script has"),
    ])
    func namesThatNobodyKnowsAreFound(script: String, finding: String) { #expect(findings(script) == [finding]) }

    @Test(arguments: [
        ("wait()", "s.lua:1:1: error: 'wait' needs 'seconds': wait(seconds)"),
        ("nod(1, 2, 3)", "s.lua:1:11: error: 'nod' takes at most 2 values, found 3: nod([times], [amplitude_deg])"),
        ("wait('2')", "s.lua:1:6: error: 'seconds' of 'wait': found the text \"2\", expected a number"),
        ("wait(-0.5)", "s.lua:1:6: error: 'seconds' of 'wait': found -0.5, expected 0 to 3600"),
        (
            "local pause <const> = -1\nwait(pause)",
            "s.lua:2:6: error: 'seconds' of 'wait': found -1, expected 0 to 3600"
        ),
        ("look_at{yaw=30}", "s.lua:1:9: error: 'look_at' has no option 'yaw'; did you mean 'yaw_deg'?"),
        ("look_at{yaw_rad=0.5}", "s.lua:1:9: error: 'look_at' has no option 'yaw_rad'; did you mean 'yaw_deg'?"),
        ("look_at{yaw_deg=90}", "s.lua:1:17: error: 'yaw_deg' of 'look_at': found 90, expected -60 to 60"),
        ("look_at{pitch_deg=9}", "s.lua:1:1: error: 'look_at' needs 'yaw_deg': look_at(yaw_deg, [pitch_deg])"),
        ("nod{async='yes'}", "s.lua:1:11: error: 'async' of 'nod': found the text \"yes\", expected true or false"),
        ("nod(2, 8, {asink=true})", "s.lua:1:12: error: 'nod' has no option 'asink'; did you mean 'async'?"),
        ("gesture('thougtful')", "s.lua:1:9: error: there is no gesture 'thougtful'; did you mean 'thoughtful'?"),
        ("stop('talking')", "s.lua:1:6: error: there is no layer 'talking', expected one of gaze, gesture, idle"),
        ("gesture(7)", "s.lua:1:9: error: 'name' of 'gesture': found the number 7, expected the name of a gesture"),
        ("every(function() end, 2)", "s.lua:1:7: error: 'seconds' of 'every': found a function, expected a number"),
        ("say(nil)", "s.lua:1:5: error: 'text' of 'say': found nil, expected a text"),
        ("wait(10 * 1000)", "s.lua:1:6: error: 'seconds' of 'wait': found 10000, expected 0 to 3600"),
        ("local w = wait w('x')", "s.lua:1:18: error: 'seconds' of 'wait': found the text \"x\", expected a number"),
        ("math.floor('a', 2)", "s.lua:1:17: error: 'math.floor' takes one value, found 2"),
    ])
    func argumentsOfTheWrongCountKindOrRangeAreFound(script: String, finding: String) {
        #expect(findings(script).contains(finding))
    }

    /// The reference says which parts a layer has and what a pose may set; these are of the shipped vocabulary.
    @Test(arguments: [
        (
            "layer{name = 'mood', channels = {'brows', 'moth'}}",
            "s.lua:1:43: error: 'channels' of 'layer' has no 'moth', expected some of "
                + "head, eyes, lids, brows, cheeks, mouth, jaw"
        ),
        (
            "layer('mood', 15, {3})",
            "s.lua:1:20: error: 'channels' of 'layer': found the number 3, expected a text"
        ),
        (
            "pose{face = {jawOpn = 0.4}}",
            "s.lua:1:14: error: 'face' of 'pose' has no 'jawOpn'; did you mean 'jawOpen'?"
        ),
        ("pose{face = {jawOpen = 4}}", "s.lua:1:24: error: 'jawOpen' of 'pose': found 4, expected 0 to 1"),
        (
            "pose{face = {head_yaw_deg = -70}}",
            "s.lua:1:29: error: 'head_yaw_deg' of 'pose': found -70, expected -60 to 60"
        ),
        ("local part = 'mouth' layer{name = 'mood', channels = {part, 'jaw'}, weight = 0.5}", nil),
        ("local k, v = 'jawOpen', 1 pose{face = {[k] = v, jawOpen = v, head_roll_deg = 6}, hold = math.huge}", nil),
    ])
    func whatATableHoldsIsHeldToWhatThereIs(script: String, finding: String?) {
        let found = ScriptCheck(vocabulary: .standard).check(Array(script.utf8), file: "s.lua").map(\.description)
        #expect(found == (finding.map { [$0] } ?? []))
    }

    @Test(arguments: [
        (
            "on('person_arived', function() end)",
            "s.lua:1:4: error: there is no event 'person_arived'; did you mean 'person_arrived'?"
        ),
        ("on('tick', function() end)", "s.lua:1:4: warning: nothing here emits the event 'tick'; does another script?"),
        (
            "on('person_left', function(who) end)",
            "s.lua:1:19: warning: the event 'person_left' hands over nothing, the handler takes 1"
        ),
        (
            "local function h(a, b) end\non('person_arrived', h)",
            "s.lua:2:22: warning: the event 'person_arrived' hands over one value, the handler takes 2"
        ),
    ])
    func eventsAndTheirHandlersAreHeldToWhatThereIs(script: String, finding: String) {
        #expect(findings(script) == [finding])
    }

    @Test(arguments: [
        ("do return end\nwait(1)", "s.lua:2:1: error: 'wait' is never reached: 'return' on line 1 ends here"),
        (
            "while true do nod() end\nlog('a')\nwait(1)",
            "s.lua:3:1: error: 'wait' is never reached: the loop on line 1 never ends"
        ),
        (
            "while true do break; log(1); wait(1) end",
            "s.lua:1:30: error: 'wait' is never reached: 'break' on line 1 ends here"
        ),
        ("if false then wait(1) end", "s.lua:1:15: error: 'wait' is never reached: the condition is never true"),
        (
            "if true then log(1) else wait(1) end",
            "s.lua:1:26: error: 'wait' is never reached: the condition is always true"
        ),
        ("while false do wait(1) end", "s.lua:1:16: error: 'wait' is never reached: the condition is never true"),
        ("error('no') wait(1)", "s.lua:1:13: error: 'wait' is never reached: 'error' on line 1 does not come back"),
        (
            "repeat nod() until false\nsay('x')",
            "s.lua:2:1: error: 'say' is never reached: the loop on line 1 never ends"
        ),
        ("if x1 then return else error() end wait(1) x1 = 2", "no"),
        (
            "local function run() while true do wait(1) end end\nrun()\nnod()",
            "s.lua:3:1: error: 'nod' is never reached: the function called on line 2 does not come back"
        ),
        (
            "function f() while true do nod() end log(1) end",
            "s.lua:1:38: warning: this is never reached: the loop on line 1 never ends"
        ),
        ("goto e; wait(1) ::e::", "s.lua:1:9: error: 'wait' is never reached: 'goto' on line 1 leads away"),
    ])
    func waitsThatAreNeverReachedAreFound(script: String, finding: String) {
        let found = findings(script)
        #expect(found.count == 1)
        if finding != "no" { #expect(found == [finding]) }
    }

    @Test(arguments: [
        ("while true do end", 1), ("while true do log(1) end", 1), ("repeat log(person.present) until false", 1),
        ("while true do nod{async = true} end", 1), ("for i = 1, math.huge do log(i) end", 1),
        ("local function f() log(1) end\nwhile true do f() end", 2), ("while 1 do local x = math.floor(2) end", 1),
        ("while true do pcall(function() log(1) end) end", 1),
        ("on('person_left', function() while true do end end)", 1),
    ])
    func loopsThatNeverLetTimePassAreFound(script: String, line: Int) {
        let sentence = "this loop never ends and never waits: the script would be stopped; put a wait in it"
        #expect(findings(script).count == 1)
        #expect(findings(script).first?.hasPrefix("s.lua:\(line):") == true)
        #expect(findings(script).first?.hasSuffix("error: " + sentence) == true)
    }

    @Test func aLoopForSomethingThatCannotChangeMeanwhileIsFound() {
        let sentence =
            "error: this loop waits for something that cannot change before the next tick; use wait_until, "
            + "or put a wait in it"
        #expect(findings("while not person.present do end") == ["s.lua:1:1: " + sentence])
        #expect(findings("while not person.present do log('hm') end") == ["s.lua:1:1: " + sentence])
    }

    @Test(arguments: [
        "nod() nod(2) nod(2, 8.5) nod{times = 2, amplitude_deg = 3.2, async = true} look_at{yaw_deg = 3.2}",
        "look_at(10, -5) look_at(10, {async = true}) wait(0) wait(x) x = 2",
        "local t = {1, 2} look_at(table.unpack(t)) nod(select(2, table.unpack(t)))",
        "while true do wait(1) end", "while true do if person.smiling then break end wait(0.1) end nod()",
        "while true do local s = {} s.run() end", "function f(x) if x then wait(1) end end while true do f(1) end",
        "local n = 0 while n < 10 do n = n + 1 end", "while not person.present do wait(0.1) end",
        "on('person_arrived', function(who) say('hi') end) on('mine', function() end) emit('mine', 1)",
        "wait_until(function() return person.smiling end, 5) wait_until('smile_began')",
        "::top:: wait(1) goto top", "while true do goto out end ::out:: nod()", "log(config.anything.at.all)",
        "for i = 1, 10 do if i > 5 then return end nod() end", "local string = {} string.foo()",
        "local function a() return a() end local ok, e = pcall(a) log(ok, e)", "log(('x'):rep(3), #'abc')",
        "repeat local done = person.smiling wait(1) until done", "counter = (counter or 0) + 1",
        "while true do coroutine_free = 1 parallel(function() nod() end) end", "log(_VERSION, _G.x)",
        "if person.present then return end nod()", "do local x <close> = nil end",
    ])
    func whatIsRightIsLeftAlone(script: String) { #expect(findings(script).isEmpty) }

    @Test func syntaxErrorsNameTheirPlace() {
        #expect(findings("nod(\n  2,\n)") == ["s.lua:3:1: error: found ')', expected a value"])
        #expect(
            findings("while true do\n  nod()\n") == [
                "s.lua:3:1: error: found the end of the file, expected 'end' to close 'while' on line 1"
            ])
    }

    @Test func theLimitsOfTheMachineAreTheCompilersToSay() {
        let script = "local t = f(" + (0..<300).map { "x\($0)" }.joined(separator: ", ") + ")"
        let found = ScriptCheck(vocabulary: .sample).check(Array(script.utf8), file: "s.lua")
        #expect(found.count == 1)
        #expect(found.first?.message.contains("registers") == true)
    }

    @Test func findingsComeInTheOrderOfTheSource() {
        #expect(
            findings("wiat(1)\nnodd()\nlook_at{yaw=1}").map { $0.prefix(8) } == [
                "s.lua:1:", "s.lua:2:", "s.lua:3:", "s.lua:3:",
            ])
    }

    @Test func hostileSourcesAreCheckedInTime() {
        let long = 20_000
        let sources = [
            (0..<long).map { "unknown\($0)() " }.joined(), (0..<long).map { "g\($0) = u\($0) " }.joined(),
            (0..<long).map { "function f\($0)() f\($0 + 1)() end " }.joined() + "while true do f0() end",
            "local a = 1\n" + (0..<190).map { "local a\($0) = a + a + a\n" }.joined() + "wait(a)",
            "local s = person" + String(repeating: ".b", count: long) + String(repeating: " log(s.c)", count: 500),
            String(repeating: "while true do ", count: 60) + String(repeating: " end", count: 60),
            String(repeating: "if true then ", count: 190) + "wait(-1)" + String(repeating: " end", count: 190),
            "nod{" + String(repeating: "x = 1, ", count: long) + "}",
        ]
        let clock = ContinuousClock()
        for source in sources {
            let spent = clock.measure { _ = ScriptCheck(vocabulary: .sample).check(Array(source.utf8), file: "s") }
            // Generous, for a busy machine and a build without optimisation: what is guarded against takes hours.
            #expect(spent < .seconds(20))
        }
    }

    @Test func mutatedScriptsAreCheckedWithoutACrash() {
        let sources = (LuaSamples.scripts + LuaCorpus.chunks).map { Array($0.utf8) }
        var random = CounterDraws(seed: 77)
        let check = ScriptCheck(vocabulary: .sample)
        let count = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 300_000 : 5000
        for _ in 0..<count {
            let source = LuaCorpus.mutation(of: sources, using: &random)
            let lines = LuaLines(source).count
            for finding in check.check(source, file: "s") {
                guard finding.line > lines || finding.column < 1 || finding.message.isEmpty else { continue }
                Issue.record("\(finding)")
                return
            }
        }
    }
}
