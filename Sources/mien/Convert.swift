import ArgumentParser
import FaceKit
import Foundation

/// `mien convert`: makes a track of Mien's out of any face track that Mien reads.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Convert a face track (Mien's own, Live Link Face, OpenFace) to Mien's, at an even frame rate.")

    @Argument(help: "The track to read, its format told by its header; - is standard input.")
    var input: String

    @Argument(help: "The track to write (CSV); - is standard output.")
    var output: String

    @Option(help: "Frames a second to write.")
    var rate = 25.0

    @Flag(help: "Swap left and right, for faces filmed through a mirror or by a flipped camera.")
    var mirror = false

    @Option(help: "The unit of a Live Link Face take's head angles.")
    var angleUnit = LiveLinkFile.AngleUnit.radians

    @Option(help: "Frames a second that a Live Link Face take's timecode counts (default: told by the take).")
    var timecodeRate: Double?

    func validate() throws {
        guard (1...240).contains(rate) else { throw ValidationError("--rate takes 1 to 240 frames a second.") }
        if let timecodeRate, !(1...240).contains(timecodeRate) {
            throw ValidationError("--timecode-rate takes 1 to 240 frames a second.")
        }
    }

    func run() throws {
        try OutputFiles.check([(output, "the track")], over: [(input, "the track that is read")])
        var reader = TrackReader()
        reader.liveLink = LiveLinkFile.Settings(angleUnit: angleUnit, timecodeRate: timecodeRate)
        var (track, format) = try reader.read(input)
        let read = track.frames.count
        if mirror { track = track.mirrored }
        track = track.resampled(to: rate)
        try TrackFile.write(track, to: output)

        let source =
            switch format {
            case .mien: "a track"
            case .liveLink: "a Live Link Face take"
            case .openFace: "OpenFace's output"
            }
        let seconds = String(format: "%.2f s", track.duration)
        var report = "\(StandardStream.input(input)): \(source) of \(read) frames; "
        report += "\(StandardStream.output(output)): \(track.frames.count) frames, \(seconds), "
        report += "\(track.channels.columns.count) channels"
        let absent = track.frames.count { !$0.isPresent }
        if absent > 0 { report += ", nobody there in \(absent)" }
        if track.clampedValues > 0 { report += "; \(track.clampedValues) values beyond 0 to 1 were clamped" }
        FileHandle.standardError.write(Data("\(report).\n".utf8))
    }
}

extension LiveLinkFile.AngleUnit: ExpressibleByArgument {}
