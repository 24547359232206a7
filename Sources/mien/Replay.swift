import ArgumentParser
import Foundation
import Runtime
import Telemetry

/// `mien replay`: a recording, once more.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Play a recording, or prove that the controller still does the same.",
        discussion: """
            With --verify the controller is run again on the virtual clock from the recorded inputs, with the recorded \
            seed, robot, calibration and scripts, and every motion frame, target and bus byte is held against the \
            recorded one. The first that differs is named.

            Exit codes: 0 all is equal, 1 something differs, 2 the file cannot be used.
            """)

    @Argument(help: "The recording, an MCAP file.", completion: .file(extensions: ["mcap"]))
    var file: String

    @Flag(help: "Run the controller again and compare its outputs bit for bit.")
    var verify = false

    func run() throws {
        let recording = try RecordedRun(path: file)
        try verify(recording)
    }

    private func verify(_ recording: RecordedRun) throws {
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
