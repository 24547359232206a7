import ArgumentParser
import FaceFit
import FaceKit
import Foundation
import Inference
import Motion
import Perception
import Runtime
import Telemetry

/// `mien bench`: how fast the models and the tick are on this machine.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Time the models and the tick on this machine.",
        discussion: """
            Times in microseconds: median, 99 %, largest. Models are timed with the shipped weights and, with random \
            weights, at the papers' sizes. Whole runs are on the virtual clock, in one thread. With --peer, blocks are \
            held beside PyTorch's or SciPy's times of the same blocks (python -m mien_training.peers.bench_torch).
            """)

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    @Option(name: .long, help: .init("PyTorch's times, as bench_torch prints them.", valueName: "file"))
    var peer: String?

    @Option(name: .long, help: "Seconds that each block is timed for.")
    var seconds: Double = 1

    /// Everything that is measured.
    struct Figures: Codable {
        var kernels: String
        var blocks: [String: KernelTiming]
        /// The peer's median (PyTorch's, SciPy's for the nearest face) divided by Mien's, by block.
        var torchRatio: [String: Double]?
        var models: [String: StageTimes.Figures]
        /// How many times faster than real time a run on the virtual clock is.
        var timesRealTime: [String: Double]
        var controlTick: StageTimes.Figures?
        /// How much longer a script's loop takes than in plain Lua, as a share.
        var scriptHookShare: Double
        /// The same while instructions are counted, on the virtual clock.
        var scriptCountShare: Double
        /// Both models' fp16 weights at paper size.
        var weightMegabytes: Double
        var residentMegabytes: Double?
        var startToFirstByteMs: Double?

        enum CodingKeys: String, CodingKey {
            case kernels
            case blocks
            case torchRatio = "torch_ratio"
            case models
            case timesRealTime = "times_real_time"
            case controlTick = "control_tick"
            case scriptHookShare = "script_hook_share"
            case scriptCountShare = "script_count_share"
            case weightMegabytes = "fp16_weights_mb_both_models_at_paper_size"
            case residentMegabytes = "resident_mb_both_models_at_paper_size"
            case startToFirstByteMs = "start_to_first_byte_ms"
        }
    }

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds takes a number above 0, up to 60") }
    }

    func run() throws {
        let peers = try peer.map(Self.medians)
        let home = try Home.find()
        let trained = try Generators.trained(in: home)
        let weights = WeightTally()
        let suhmo = try SUHMo.random(seed: 1, elementType: .float16, basis: trained.basis, tally: weights)
        let sfms = try SFMS.random(seed: 1, basis: trained.basis, elementType: .float16, tally: weights)
        let paper = Generators(basis: trained.basis, suhmo: suhmo, sfms: sfms)
        var figures = Figures(
            kernels: KernelSet.active.rawValue, blocks: [:], models: [:], timesRealTime: [:],
            scriptHookShare: benchHook(seconds: seconds, countsInstructions: false),
            scriptCountShare: benchHook(seconds: seconds, countsInstructions: true),
            weightMegabytes: Double(weights.bytes) / 1e6)

        say("whole runs")
        let withPaper = try summary(home, paper, seconds: 20)
        figures.residentMegabytes = Self.residentMegabytes
        let withTrained = try summary(home, trained, seconds: 60)
        let without = try summary(home, try Generators.none(in: home), seconds: 300)
        for (name, run) in [("paper_size", withPaper), ("shipped", withTrained), ("no_models", without)] {
            figures.timesRealTime[name] = run.seconds / run.wallSeconds
        }
        figures.models["suhmo_frame_paper_size_fp16"] = withPaper.stages[Stage.suhmo.name]
        figures.models["sfms_frame_paper_size_fp16"] = withPaper.stages[Stage.sfms.name]
        figures.models["suhmo_frame"] = withTrained.stages[Stage.suhmo.name]
        figures.models["sfms_frame"] = withTrained.stages[Stage.sfms.name]
        figures.controlTick = without.stages[Stage.controlTick.name]

        say("start-up")
        figures.startToFirstByteMs = try startToFirstByte()
        say("blocks")
        figures.blocks = try benchKernels(seconds: seconds)
        figures.blocks["sfms_block_paper_size_fp16"] = try benchListenerBlock(sfms, seconds: 2 * seconds)
        var hearing = SFMS.PredictorShape.paper
        hearing.hearing = SFMS.Hearing(columns: LogMel.columns, kind: LogMel.kind)
        figures.blocks["sfms_block_hearing_paper_size_fp16"] = try benchListenerBlock(
            .random(predictor: hearing, seed: 1, basis: trained.basis, elementType: .float16), seconds: 2 * seconds)
        figures.blocks["log_mel_frame"] = benchLogMel(seconds: seconds)
        figures.blocks["suhmo_frame_alone_paper_size_fp16"] = try benchIdler(suhmo, seconds: 2 * seconds)
        figures.blocks.merge(try benchScripts(seconds: seconds, folder: home.file("Scripts"))) { one, _ in one }
        figures.blocks.merge(benchRetarget(seconds: seconds)) { one, _ in one }
        if let listener = (trained.sfms as? ControlledModel<SFMS>)?.base {
            figures.blocks["sfms_block"] = try benchListenerBlock(listener, seconds: seconds)
        }
        figures.torchRatio = peers.map { Self.ratios(to: $0, figures.blocks) }
        if json {
            print(try JSONText.page(figures))
        } else {
            print(Self.text(figures))
        }
    }

    private func say(_ what: String) {
        guard isatty(STDERR_FILENO) == 1 else { return }
        FileHandle.standardError.write(Data("timing \(what) …\n".utf8))
    }

    /// A run of the shipped conversation on the virtual clock.
    private func summary(_ home: Home, _ generators: Generators, seconds: Double) throws -> RunSummary {
        let options = Session.Options(
            robot: home.file("Robots/maestro-face-23.yaml"), calibration: home.file("Calibration/maestro-face-23.yaml"),
            person: home.file("Tracks/conversation.csv"), seconds: seconds, loopsPerson: true)
        return try Session(options: options, generators: generators).runVirtually()
    }

    /// A robot of the bench's own that did not run.
    private struct NoStart: Error, CustomStringConvertible {
        let complaint: String

        var description: String { "the start cannot be timed: mien run says: \(complaint)" }
    }

    /// What `mien run` itself says of its start, in a process of its own, beside whatever robots run here.
    private func startToFirstByte() throws -> Double? {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = ["run", "--seconds", "1", "--name", "bench-\(getpid())", "--json"]
        let output = Pipe()
        // A file, which never fills up as a second pipe would while the first is read.
        let complaint = FileManager.default.temporaryDirectory.appendingPathComponent("mien-bench-\(getpid()).txt")
        try Data().write(to: complaint)
        defer { try? FileManager.default.removeItem(at: complaint) }
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: complaint)
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard let summary = try? JSONDecoder().decode(RunSummary.self, from: data) else {
            throw NoStart(complaint: try String(contentsOf: complaint, encoding: .utf8))
        }
        return summary.startToFirstByteMs
    }

    /// Resident memory of this process (`VmRSS`).
    private static var residentMegabytes: Double? {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") }),
            let kilobytes = line.split(separator: " ").dropFirst().compactMap({ Double($0) }).first
        else { return nil }
        return kilobytes / 1024
    }

    /// The peer's medians in microseconds by block, or why they cannot be read.
    private static func medians(_ path: String) throws -> [String: Double] {
        struct Unreadable: Error, CustomStringConvertible {
            let description: String
        }
        guard let data = FileManager.default.contents(atPath: path),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw Unreadable(description: "\(path): expected the JSON object that bench_torch prints") }
        return object.compactMapValues { ($0 as? [String: Any])?["p50_us"] as? Double }
    }

    private static func ratios(to peers: [String: Double], _ blocks: [String: KernelTiming]) -> [String: Double] {
        var ratios: [String: Double] = [:]
        for (name, timing) in blocks {
            guard let theirs = peers[name.hasSuffix("_fp16") ? String(name.dropLast(5)) : name] else { continue }
            ratios[name] = theirs / timing.p50
        }
        return ratios
    }

    private static func text(_ figures: Figures) -> String {
        func row(_ name: String, _ p50: Double, _ p99: Double, _ largest: Double?, _ ratio: Double? = nil) -> String {
            name.padding(toLength: 34, withPad: " ", startingAt: 0) + String(format: "%10.1f%10.1f", p50, p99)
                + (largest.map { String(format: "%10.1f", $0) } ?? "         –")
                + (ratio.map { String(format: "   %.2f", $0) } ?? "")
        }
        var lines = [
            "\(figures.kernels) kernels",
            "µs                                       p50       p99       max   peer/Mien",
        ]
        for (name, timing) in figures.blocks.sorted(by: { $0.key < $1.key }) {
            lines.append(row(name, timing.p50, timing.p99, nil, figures.torchRatio?[name]))
        }
        for (name, stage) in figures.models.sorted(by: { $0.key < $1.key }) {
            lines.append(row(name, stage.median, stage.percentile99, stage.largest))
        }
        if let tick = figures.controlTick {
            lines.append(row("control_tick", tick.median, tick.percentile99, tick.largest))
        }
        for (name, times) in figures.timesRealTime.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "virtual run, \(name): ".padding(toLength: 30, withPad: " ", startingAt: 0)
                    + String(format: "%8.1f times real time", times))
        }
        lines.append(
            String(
                format:
                    "a script's loop takes %.1f %% longer than in plain Lua, %.1f %% while instructions are counted",
                figures.scriptHookShare * 100, figures.scriptCountShare * 100))
        lines.append(
            String(format: "fp16 weights of both models at paper size: %.1f MB", figures.weightMegabytes))
        if let megabytes = figures.residentMegabytes {
            lines.append(String(format: "resident memory with both models at paper size: %.0f MB", megabytes))
        }
        if let milliseconds = figures.startToFirstByteMs {
            lines.append(String(format: "from start to the first servo byte: %.0f ms", milliseconds))
        }
        return lines.joined(separator: "\n")
    }
}
