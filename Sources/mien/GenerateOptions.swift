import ArgumentParser
import FaceFit
import Inference
import Runtime

/// What both of `mien generate` take: the files to write, the seed, the models.
struct GenerateOptions: ParsableArguments {
    @Option(
        name: [.long, .customShort("o")], help: "The track to write (CSV, 25 frames a second); - is standard output.")
    var out: String

    @Option(
        help: """
            Write the 68 landmarks here as well (CSV; - is standard output), in units of the image's side: x and y of an \
            idler, x, y and z of a listener.
            """)
    var landmarks: String?

    @Option(help: "The same seed gives the same motion.", transform: Seed.parse)
    var seed: UInt64 = 1

    @Option(help: "The folder with the weight files (default: Mien's own Models).")
    var models: String?

    /// Refuses to write over an input, to write two outputs to one file, or where nothing can be written.
    func checkOutputs(over inputs: [OutputFiles.Named] = []) throws {
        let folder = try folder()
        let weights = Self.weights.map { (path: "\(folder)/\($0).safetensors", meaning: "weights") }
        try OutputFiles.check([(out, "the track"), (landmarks, "the landmarks")], over: inputs + weights)
    }

    /// What generators read, by its names without the ending.
    private static let weights = ["face-basis", "suhmo", "sfms-tokeniser", "sfms-predictor"]

    private func folder() throws -> String { try models ?? Home.find().file("Models") }

    /// A weight file by its name without the ending.
    func weights(_ name: String) throws -> WeightFile {
        try WeightFile(path: folder() + "/\(name).safetensors")
    }

    func basis() throws -> FaceBasis { try FaceBasis(file: weights("face-basis")) }
}
