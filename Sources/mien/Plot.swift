import ArgumentParser
import Foundation
import Runtime
import Telemetry

/// `mien plot`: a recording in figures.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a recording: trajectories, motion map, latency, who drove when.",
        discussion: """
            Writes NAME-trajectories.svg, NAME-motion-map.svg, NAME-latency.svg and NAME-drivers.svg for NAME.mcap. With \
            --png the same as PNG beside them, twice as large, which rsvg-convert (librsvg2-bin) draws.
            """)

    @Argument(help: "The recording, an MCAP file.", completion: .file(extensions: ["mcap"]))
    var file: String

    @Option(name: .long, help: .init("Folder for the figures. (default: the recording's)", valueName: "folder"))
    var out: String?

    @Option(name: .long, help: "Seconds to begin at.")
    var from: Double = 0

    @Option(name: .long, help: "Seconds to end at. (default: the end)")
    var to: Double?

    @Flag(help: "Draw PNG as well.")
    var png = false

    func validate() throws {
        try OutputFiles.requireNames([(file, "The recording")])
        guard from.isFinite, from >= 0, to.map({ $0 > from }) ?? true else {
            throw ValidationError("--from and --to take seconds, one after the other")
        }
    }

    func run() throws {
        let figures = try RecordingFigures(RecordedRun(path: file), span: from...(to ?? .infinity))
        let source = URL(fileURLWithPath: file)
        let folder = out.map { URL(fileURLWithPath: $0) } ?? source.deletingLastPathComponent()
        let name = source.deletingPathExtension().lastPathComponent
        for (figure, page) in figures.pages {
            let path = folder.appendingPathComponent("\(name)-\(figure).svg")
            try Data(page.document.utf8).write(to: path, options: .atomic)
            print(path.relativePath)
            guard png else { continue }
            let picture = path.deletingPathExtension().appendingPathExtension("png")
            try PNGPicture.draw(path, to: picture)
            print(picture.relativePath)
        }
    }
}
