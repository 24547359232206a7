import ArgumentParser
import Behaviour
import FaceKit
import Foundation
import Perception
import Runtime

/// `mien script run`: scripts on the virtual clock, with all that they did.
struct ScriptRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run scripts without a robot and say what they did and when.",
        discussion: """
            With --virtual time goes as fast as the machine can, budgets are counted in instructions, and the same files \
            and seed give the same lines; without it time goes as it does on a robot, and budgets are processor time. \
            Every script has its own memory and its own budget a motion tick; one that uses it up is stopped, and the \
            others run on. Exit codes: 0 all ended or ran to the end of \
            --seconds, 1 a script failed, 2 a file cannot be read or does not compile.
            """)

    @Argument(help: "Lua files.", completion: .file(extensions: ["lua"]))
    var files: [String]

    @Flag(name: .customLong("virtual"), help: "Run on the virtual clock, as fast as possible and the same each time.")
    var isVirtual = false

    @Option(help: "Seconds of the scripts' own time after which they are stopped.")
    var seconds = 60.0

    @Option(
        help: .init(
            "The person: a track CSV, a Live Link Face take or OpenFace output. (default: nobody)", valueName: "file"))
    var person: String?

    @Option(help: "Seed of everything random.")
    var seed: UInt64 = 0

    @Option(help: "Memory of each script, KiB.")
    var memory = 1024

    @Option(help: "Instructions of each script in a motion tick.")
    var instructions: Int64 = 100_000

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @Flag(help: "Say at the end how long each script took at most in one tick.")
    var timing = false

    func validate() throws {
        guard (0.04...1e6).contains(seconds) else {
            throw ValidationError("--seconds must be between 0.04 and 1000000")
        }
        guard (64...1_048_576).contains(memory) else {
            throw ValidationError("--memory must be between 64 and 1048576")
        }
        guard (1000...1_000_000_000).contains(instructions) else {
            throw ValidationError("--instructions must be between 1000 and 1000000000")
        }
    }

    func run() throws {
        let frameRate = 25.0
        let home = try Home.find()
        let core = BehaviourCore(
            frameRate: frameRate, seed: seed, library: try GestureLibrary(folder: home.file("Scripts")),
            shelf: MoveShelf(folders: [home.file("Tracks"), home.file("Moves")], isImmediate: isVirtual),
            countsInstructions: isVirtual)
        let host = core.host
        let track = try person.map { try TrackReader.read($0) }
        var source: any PersonSource =
            track.map { TrackPersonSource($0, rate: frameRate, loops: false) } ?? AbsentPerson()
        var limits = ScriptLimits()
        limits.memory = memory * 1024
        limits.instructionsATick = instructions
        var isBroken = false
        for file in files {
            let source: Data
            do { source = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
                throw ScriptUnreadable(file: file)
            }
            let name = URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            if host.load(Array(source), name: name, path: file, limits: limits) != nil { isBroken = true }
        }
        var hasFailed = false
        var tick = 0
        let last = Int((seconds * frameRate).rounded(.up))
        let clock = SystemClock()
        let start = clock.now()
        while tick < last, host.isBusy {
            let time = Double(tick) / frameRate
            if !isVirtual { clock.wait(until: start + Nanoseconds(time * 1e9)) }
            core.begin(time: time, person: source.frame(at: time))
            _ = core.mix(FaceChannels())
            for event in host.events {
                if case .failed = event.kind { hasFailed = true }
                show(event)
            }
            host.events.removeAll()
            tick += 1
        }
        for event in host.events { show(event) }
        if timing {
            for (script, time) in host.longest.sorted(by: { $0.key < $1.key }) {
                write(
                    json
                        ? #"{"event":"timing","script":"\#(script)","worst_ms":\#(Double(time) / 1e6)}"#
                        : "\(script)  at most \(Double(time) / 1e6) ms in one tick")
            }
        }
        if isBroken { throw ExitCode(2) }
        if hasFailed { throw ExitCode.failure }
    }

    /// A script that is not there.
    struct ScriptUnreadable: Error, CustomStringConvertible {
        let file: String
        var description: String { "\(file): cannot be read" }
    }

    private struct Line: Encodable {
        let time: Double
        let script: String
        let event: String
        var text: String?
        var cause: String?
        var traceback: String?

        enum CodingKeys: String, CodingKey {
            case time = "time_s"
            case script, event, text, cause, traceback
        }
    }

    private func show(_ event: ScriptHost.Event) {
        var line = Line(time: event.time, script: event.script, event: "")
        var label = ""
        switch event.kind {
        case .started: label = "started"
        case .reloaded: label = "reloaded"
        case .finished: label = "finished"
        case .stopped: label = "stopped"
        case .postponed: label = "postponed"
        case .acted(let text):
            label = "act"
            line = Line(time: event.time, script: event.script, event: label, text: text)
        case .said(let text):
            label = "say"
            line = Line(time: event.time, script: event.script, event: label, text: text)
        case .emergencyStop(let reason):
            label = "emergency_stop"
            line = Line(time: event.time, script: event.script, event: label, text: reason)
        case .log(let text):
            label = "log"
            line = Line(time: event.time, script: event.script, event: label, text: text)
        case .emitted(let name, let value):
            label = "emit"
            line = Line(
                time: event.time, script: event.script, event: label,
                text: value == .none ? name : "\(name) \(ScriptHost.text(value))")
        case .failed(let failure), .refused(let failure):
            label = "error"
            line = Line(
                time: event.time, script: event.script, event: label, text: failure.message,
                cause: failure.cause.rawValue, traceback: failure.traceback.isEmpty ? nil : failure.traceback)
        }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let whole = Line(
                time: line.time, script: line.script, event: label, text: line.text, cause: line.cause,
                traceback: line.traceback)
            if let data = try? encoder.encode(whole) { write(String(decoding: data, as: UTF8.self)) }
            return
        }
        write(
            String(format: "%8.2f s  ", event.time) + "\(event.script)  \(label)" + (line.text.map { "  " + $0 } ?? ""))
        if let traceback = line.traceback { write(traceback) }
    }

    private func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) }
}
