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
            "The person: a track CSV, a Live Link Face take or OpenFace output; - is standard input. (default: nobody)",
            valueName: "file"))
    var person: String?

    @Option(help: "Seed of everything random.", transform: Seed.parse)
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
        try OutputFiles.requireNames(files.map { ($0, "A script") })
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
                try show(event)
            }
            host.events.removeAll()
            tick += 1
        }
        for event in host.events { try show(event) }
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

    /// An event in a line of text, with what else belongs to it on lines below, or in one JSON object.
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

        init(_ event: ScriptHost.Event) {
            time = event.time
            script = event.script
            switch event.kind {
            case .started: self.event = "started"
            case .reloaded: self.event = "reloaded"
            case .finished: self.event = "finished"
            case .stopped: self.event = "stopped"
            case .postponed: self.event = "postponed"
            case .acted(let text): (self.event, self.text) = ("act", text)
            case .said(let text): (self.event, self.text) = ("say", text)
            case .emergencyStop(let reason): (self.event, self.text) = ("emergency_stop", reason)
            case .log(let text): (self.event, self.text) = ("log", text)
            case .emitted(let name, let value):
                self.event = "emit"
                text = value == .none ? name : "\(name) \(ScriptHost.text(value))"
            case .failed(let failure), .refused(let failure):
                (self.event, text, cause) = ("error", failure.message, failure.cause.rawValue)
                traceback = failure.traceback.isEmpty ? nil : failure.traceback
            }
        }

        /// Lines fit for a terminal: whatever a script says stays on the line that says who said it.
        var lines: [String] {
            let first = String(format: "%8.2f s  ", time) + "\(script)  \(event)" + (text.map { "  " + $0 } ?? "")
            let below = traceback?.split(separator: "\n").map(String.init) ?? []
            return ([first] + below).map(Failure.printable)
        }
    }

    private func show(_ event: ScriptHost.Event) throws {
        let line = Line(event)
        guard json else { return line.lines.forEach(write) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        write(String(decoding: try encoder.encode(line), as: UTF8.self))
    }

    private func write(_ text: String) { try? FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8)) }
}
