import ArgumentParser
import FaceFit
import FaceKit
import Foundation
import Inference
import Motion
import Runtime

/// `mien generate runs`: SUHMo's single runs from given faces, as the network makes them, for measuring a model.
struct GenerateRuns: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Generate single runs of SUHMo from given faces, to measure a model.",
        discussion: """
            Every row of --starts is the face that one run begins at. The landmarks of all runs are written one after \
            another, --frames-per-run rows each, just as the network makes them: no restart, no fitted face, no \
            composure, no intensity. What idles on a robot is made by `mien generate idle`.
            """)

    @Option(
        help: """
            The faces to begin at: a landmark file (CSV, x_0 to y_67, units of the image's side), a row a run; - is \
            standard input.
            """)
    var starts: String

    @Option(help: "How many frames each run has, 25 a second.")
    var framesPerRun = 40

    @Option(help: "The landmark file to write (CSV); - is standard output.")
    var landmarks: String

    @Option(help: "The model's weight file (default: suhmo.safetensors of Mien's own Models).")
    var model: String?

    @Option(help: "The same seed gives the same motion.", transform: Seed.parse)
    var seed: UInt64 = 1

    @OptionGroup var pair: PairOption

    /// Why a row of the starts cannot be begun at.
    struct NoFace: Swift.Error, CustomStringConvertible {
        let path: String
        let row: Int

        var description: String {
            "\(path):\(row + 2): all landmarks are at one height, expected a face to begin at"
        }
    }

    func validate() throws {
        try OutputFiles.requireNames([(model, "--model")])
        guard (1...10_000).contains(framesPerRun) else { throw ValidationError("--frames-per-run takes 1 to 10000.") }
    }

    func run() throws {
        let models = try Home.find().file("Models")
        let weights = model ?? models + "/suhmo.safetensors"
        try OutputFiles.check(
            [(landmarks, "the landmarks")], over: [(starts, "the faces to begin at"), (weights, "weights")])
        let basis = try FaceBasis(file: WeightFile(path: models + "/face-basis.safetensors"))
        let suhmo = try SUHMo(file: WeightFile(path: weights), basis: basis, cheap: pair.cheap)
        let begun = try LandmarkFile.read(starts).frames
        var made = [LandmarkFrame2D]()
        made.reserveCapacity(begun.count * framesPerRun)
        var progress = ProgressLine(total: begun.count, label: "runs")
        for (row, frame) in begun.enumerated() {
            var start = LandmarkFrame2D()
            for i in 0..<LandmarkFrame.count { start[i] = SIMD2(frame.points[i].x, frame.points[i].y) }
            let heights = (0..<LandmarkFrame.count).map { start[$0].y }
            guard let low = heights.min(), let high = heights.max(), high - low > 1e-3 else {
                throw NoFace(path: StandardStream.input(starts), row: row)
            }
            made += suhmo.landmarks(from: start, number: UInt32(row), seed: seed, frames: framesPerRun)
            progress.advance()
        }
        progress.finish()
        try LandmarkFile.write(made, to: landmarks)
    }
}
