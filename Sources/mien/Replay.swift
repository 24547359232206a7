import ArgumentParser
import Foundation
import Runtime
import Telemetry

/// `mien replay`: a recording, once more.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a recording to a robot, or prove that the controller still does the same.",
        discussion: """
            Played, the recorded faces go through calibration and limits to a simulated robot, or to the one at --port, \
            and are seen in the terminal, by mien status, on a broker and on the dashboard like a run.

            With --verify the controller is run again on the virtual clock from the recorded inputs, with the recorded \
            seed, robot, calibration and scripts, and every motion frame, target and bus byte is held against the \
            recorded one. The first that differs is named.

            Exit codes: 0 played, or all is equal; 1 something differs, or a limit was violated; 2 the file cannot be used.
            """)

    @Argument(help: "The recording, an MCAP file.", completion: .file(extensions: ["mcap"]))
    var file: String

    @Flag(help: "Run the controller again and compare its outputs bit for bit.")
    var verify = false

    @Option(
        name: .long,
        help: .init("Another robot than the recorded one: its file, or the name of one that ships.", valueName: "robot")
    )
    var robot: RobotFile?

    @Option(
        name: .long, help: .init("Its calibration file. (default: the one named like the robot)", valueName: "file"))
    var calibration: String?

    @OptionGroup var port: PortOption

    @OptionGroup var live: LiveRun

    @Flag(name: .customLong("virtual"), help: "Play on the virtual clock, as fast as possible, to a simulated robot.")
    var isVirtual = false

    @Option(name: .long, help: .init("Record what is played to this MCAP file.", valueName: "file"))
    var record: String?

    @Flag(name: .long, help: "Print the summary as one JSON object on standard output.")
    var json = false

    func validate() throws { try OutputFiles.requireNames([(file, "The recording"), (record, "--record")]) }

    func run() throws {
        try OutputFiles.check([(record, "the recording")], over: [(file, "the recording that is played")])
        let recording = try RecordedRun(path: file)
        if verify { try verify(recording) } else { try play(recording) }
    }

    private func play(_ recording: RecordedRun) throws {
        let home = try Home.find()
        let session = try recording.session(
            in: home, robot: robot?.path, calibration: calibration ?? robot?.calibration(in: home),
            ports: port.ports(of: recording.robot))
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        // The recording keeps the files that the session reads.
        let summary = try withExtendedLifetime(recording) {
            isVirtual
                ? try session.runVirtually(stop: stop, record: record)
                : try live.run(session, seed: recording.manifest.seed, stop: stop, record: record, json: json)
        }
        print(try json ? summary.json : summary.text)
        if summary.limits.violations > 0 { throw ExitCode.failure }
    }

    private func verify(_ recording: RecordedRun) throws {
        guard recording.dropped == 0 else {
            throw ValidationError(
                "\(file) lacks \(recording.dropped) messages that found the recorder's queues full: it cannot be verified"
            )
        }
        let outcome = try Rerun(recording, in: Home.find()).verify()
        let extent =
            "\(outcome.controlTicks) control ticks, \(outcome.motionTicks) motion ticks, \(outcome.commands) commands, "
            + "\(outcome.busBytes) bus bytes"
        if let difference = outcome.difference {
            print("differs after \(extent): \(Failure.printable(difference.description))")
            throw ExitCode.failure
        }
        let end = recording.isFinished ? "" : "; the recording was broken off, this is what there is of it"
        print("equal, bit for bit: \(extent)\(end)")
    }
}
