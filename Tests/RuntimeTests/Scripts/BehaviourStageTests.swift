import Actuation
import Behaviour
import FaceKit
import Foundation
import Motion
import Perception
import Synchronization
import Testing

@testable import Runtime

/// Scripts and commands on the motion tick, with files that are saved meanwhile.
@Suite struct BehaviourStageTests {
    private static let scripts = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Scripts").path

    /// A folder of its own that goes with the test.
    private final class Folder {
        let path = NSTemporaryDirectory() + "mien-scripts-\(UUID().uuidString)"
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func write(_ name: String, _ text: String) throws -> String {
            let file = path + "/" + name
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            return file
        }
    }

    /// A pipeline whose generators make nothing, with behaviour on a virtual or a real clock.
    private struct Stand {
        let console = Console(robot: "r")
        var pipeline: MotionPipeline
        private var tick = 0
        private(set) var events: [ConsoleEvent] = []

        init(scripts: [String] = [], isVirtual: Bool = false) throws {
            let portrait: @Sendable (FaceFrame) -> MotionFrame = {
                // A distance that follows the jaw, so that what is laid over a face is seen in both its forms.
                var distances = InlineArray<14, Float>(repeating: 0.1)
                distances[0] = 0.1 + $0[.jawOpen]
                return MotionFrame(face: $0, landmarks: LandmarkFrame(), distances: distances)
            }
            pipeline = MotionPipeline(
                person: AbsentPerson(), idler: nil, listener: nil, frameRate: 25, portrait: portrait, console: console)
            var choice = Session.Behaviour(folder: BehaviourStageTests.scripts)
            choice.scripts = scripts
            choice.settings = ["volume": 3, "name": "Ada"]
            choice.isAutonomous = false
            pipeline.behaviour = try BehaviourStage(
                choice: choice, library: GestureLibrary(folder: BehaviourStageTests.scripts), frameRate: 25, seed: 1,
                robot: "r", isVirtual: isVirtual, events: [console.events], stop: console.stop, portrait: portrait)
        }

        @discardableResult
        mutating func run(_ ticks: Int) -> [MotionPacket] {
            (0..<ticks).compactMap { _ in
                defer { tick += 1 }
                let made = pipeline.tick(tick, lateness: 0)
                events += console.events.take().events
                return made?.packet
            }
        }

        func names() -> [String] { events.map(\.name) }

        func texts() -> [String] {
            events.filter { $0.name == "log" }.compactMap {
                if case .text(let text)? = $0.facts["text"] { text } else { nil }
            }
        }

        mutating func give(_ command: Command, ticks: Int = 1) -> Result<[String: Scalar], Command.Problem>? {
            let result = Mutex<Result<[String: Scalar], Command.Problem>?>(nil)
            withExtendedLifetime(result) {
                let box = Box()
                console.commands.put(command) { answer in box.value.withLock { $0 = answer } }
                run(ticks)
                result.withLock { $0 = box.value.withLock(\.self) }
            }
            return result.withLock(\.self)
        }

        private final class Box: Sendable {
            let value = Mutex<Result<[String: Scalar], Command.Problem>?>(nil)
        }
    }

    private let jaw = FaceChannel(.jawOpen)

    @Test func aSavedScriptIsLoadedWithinASecondAndOnceOnly() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "log('one', config.volume, config.name, config.none) wait(1e6)")
        var stand = try Stand(scripts: [file])
        stand.run(20)
        #expect(stand.texts() == ["one 3 Ada nil"])
        _ = try folder.write("s.lua", "log('two') wait(1e6)")
        stand.run(25)
        #expect(stand.texts() == ["one 3 Ada nil", "two"])
        stand.run(50)
        #expect(stand.names().count { $0 == "script_reloaded" } == 1)
    }

    @Test func aSavedMistakeIsToldAndTheVersionBeforeGoesOn() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "while true do wait(0.2) log('on') end")
        var stand = try Stand(scripts: [file])
        stand.run(10)
        _ = try folder.write("s.lua", "while true do wait(0.2 end")
        stand.run(20)
        let error = try #require(stand.events.first { $0.name == "script_error" })
        #expect(error.facts["goes_on"] == true && error.facts["cause"] == "syntax")
        let before = stand.texts().count
        stand.run(10)
        #expect(stand.texts().count >= before + 1)
        var status = ConsoleStatus.Motion()
        stand.pipeline.performer?.describe(into: &status)
        #expect(status.scripts.count == 1 && status.scripts[0].state == "running")
        #expect(status.scripts[0].error?.contains("s.lua:1:") == true)
    }

    /// Saved by truncating and writing on: what stands there for a moment is not taken.
    @Test func halfAFileIsNotTaken() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "wait(1e6)")
        var stand = try Stand(scripts: [file])
        stand.run(10)
        _ = try folder.write("s.lua", "log('ha")
        stand.run(3)
        _ = try folder.write("s.lua", "log('half') wait(1e6)")
        stand.run(20)
        #expect(!stand.names().contains("script_error") && stand.texts() == ["half"])
    }

    @Test func onTheVirtualClockFilesAreNotWatched() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "log('one') wait(1e6)")
        var stand = try Stand(scripts: [file], isVirtual: true)
        stand.run(10)
        _ = try folder.write("s.lua", "log('two') wait(1e6)")
        stand.run(50)
        #expect(stand.texts() == ["one"])
    }

    @Test func commandsMoveTheFaceInBothItsForms() throws {
        var stand = try Stand()
        #expect(try stand.give(.gesture(name: "surprise", strength: 1, duration: 1))?.get()["seconds"] == 1.8)
        let frames = stand.run(60)
        // The gesture opens the jaw by 0.4 from 0.2 to 1.2 s (Scripts/Gestures/surprise.yaml).
        #expect(abs(frames[15].channels[jaw] - 0.4) < 1e-5)
        #expect(abs(frames[15].channels.values[FaceChannels.firstDistance] - 0.5) < 1e-5)
        #expect(frames[55].channels[jaw] == 0)
    }

    @Test func commandsThatMakeNoSenseAreRefusedWithAHint() throws {
        var stand = try Stand()
        func message(_ command: Command) -> String {
            guard case .failure(let problem)? = stand.give(command) else { return "taken" }
            return problem.description
        }
        #expect(message(.gesture(name: "surprize", strength: 1, duration: 1)).contains("did you mean surprise?"))
        #expect(message(.expression(name: "xyzzy", intensity: 1, hold: 1)).contains("expected one of"))
        #expect(message(.startScript(file: "nowhere")).contains("there is no script nowhere"))
        #expect(message(.stopScript(name: "nobody")).contains("there is no script nobody"))
        #expect(message(.reloadScript(name: "nobody")).contains("there is no script named nobody"))
        #expect(message(.evaluate(source: "return (")).contains("console:1:"))
    }

    @Test func scriptsStartByNameStopAndReloadByCommand() throws {
        let folder = try Folder()
        let file = try folder.write("mine.lua", "log('hello') wait(1e6)")
        var stand = try Stand()
        #expect(try stand.give(.startScript(file: "09_background_mood"))?.get()["name"] == "09_background_mood")
        #expect(try stand.give(.startScript(file: file))?.get()["name"] == "mine")
        #expect(try stand.give(.reloadScript(name: "mine"))?.get() != nil)
        stand.run(2)
        #expect(stand.texts() == ["hello", "hello"])
        #expect(try stand.give(.evaluate(source: "return 6 * 7"))?.get()["value"] == "42")
        #expect(try stand.give(.stopScript(name: "mine"))?.get() != nil)
        var status = ConsoleStatus.Motion()
        stand.pipeline.performer?.describe(into: &status)
        #expect(status.scripts.map(\.name) == ["09_background_mood", "console"])
    }

    @Test func anErrorIsAnEventWithItsPlace() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "wait(0.1)\nlocal function f() error('broken') end\nf()")
        var stand = try Stand(scripts: [file])
        stand.run(10)
        let event = try #require(stand.events.first { $0.name == "script_error" })
        guard case .text(let message)? = event.facts["message"], case .text(let trace)? = event.facts["traceback"]
        else {
            Issue.record("found \(event.facts)")
            return
        }
        #expect(message.hasSuffix("s.lua:2: broken") && trace.contains("s.lua:3"))
        #expect(abs(event.seconds - 0.12) < 1e-9)
    }

    @Test func whoDrivesIsInTheStatus() throws {
        var stand = try Stand()
        _ = stand.give(.expression(name: "surprise", intensity: 1, hold: 5))
        stand.run(20)
        var status = ConsoleStatus.Motion()
        stand.pipeline.performer?.describe(into: &status)
        #expect(status.drivers["brows"] == "expression" && status.drivers["head"] == "idle")
        #expect(status.layers.first { $0.name == "expression" }?.weight == 1)
        #expect(status.layers.map(\.name) == Layer.standard.map(\.name))
        _ = stand.give(.intensity(1.5))
        stand.pipeline.performer?.describe(into: &status)
        #expect(status.intensity == 1.5)
    }

    @Test func aScriptsEmergencyStopReachesTheLatch() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "wait(0.2) emergency_stop('too close')")
        var stand = try Stand(scripts: [file])
        var latch = EmergencyStop()
        stand.run(3)
        stand.console.stop.update(&latch)
        #expect(latch.cause == nil)
        stand.run(5)
        stand.console.stop.update(&latch)
        #expect(latch.cause == .script)
        #expect(stand.events.first { $0.name == "script_emergency_stop" }?.facts["reason"] == "too close")
    }

    @Test func aScriptThatDoesNotCompileKeepsTheRunFromStarting() throws {
        let folder = try Folder()
        let file = try folder.write("s.lua", "nod(")
        #expect(throws: ScriptFailure.self) { try Stand(scripts: [file]) }
        #expect(throws: ScriptFiles.Problem.notFound(file: "nowhere", folder: Self.scripts)) {
            try Stand(scripts: ["nowhere"])
        }
    }

    @Test func anOperatorsModeAndParametersAreTakenOrRefusedWithWhatIsKnown() throws {
        var stand = try Stand()
        func answer(_ command: Command) -> String {
            let said = Mutex("")
            stand.console.commands.put(command) { result in
                said.withLock {
                    switch result {
                    case .success: $0 = "taken"
                    case .failure(let problem): $0 = problem.description
                    }
                }
            }
            stand.run(1)
            return said.withLock { $0 }
        }
        #expect(answer(.mode(name: "neutral")) == "taken")
        stand.run(50)
        #expect(stand.pipeline.behaviour?.weights.idle == 0 && stand.pipeline.behaviour?.weights.listening == 0)
        #expect(answer(.mode(name: "idel")) == "there is no mode idel; did you mean idle?")
        #expect(answer(.parameter(name: "mirror_gain", value: 0.5)) == "taken")
        #expect(stand.pipeline.behaviour?.core.engine.mirrorGain == 0.5)
        #expect(answer(.parameter(name: "mirror_gain", value: 2)).hasPrefix("mirror_gain: found 2.0, expected"))
        #expect(answer(.parameter(name: "courage", value: 1)).hasPrefix("there is no parameter courage"))
    }

    @Test func aChangeOfTheModeTakesItsTime() {
        var wish = OperatorWish()
        wish.mode = .neutral
        var last = wish.shares.idle
        for _ in 0..<50 {
            wish.step(0.04)
            #expect(last - wish.shares.idle <= 0.04 / 1.5 + 1e-6)
            last = wish.shares.idle
        }
        #expect(last == 0)
    }
}
