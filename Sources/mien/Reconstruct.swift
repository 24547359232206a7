import ArgumentParser
import FaceKit
import Foundation
import Inference
import Motion
import Perception
import Runtime

/// `mien reconstruct`: a face track through SFMS's keyframes and codes and back, and what that loses.
struct Reconstruct: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Encode a face track as sparse keyframes, decode it, and say what was lost.",
        discussion: """
            The track is brought to the model's frame rate and cut into its windows. Errors are squared and in units of \
            the deviation that each channel has in the training data, over the channels that the track has; heads are \
            taken from their median pose. Bits a second count the codes of all channel groups, those that the track lacks \
            among them, and which frames have one.
            """)

    @Argument(help: "The face track (Mien's CSV, Live Link Face or OpenFace); - is standard input.")
    var track: String

    @Option(name: .customLong("k"), help: "Keyframes of each channel group in a window (default: the model's own).")
    var keyframes: Int?

    @Flag(name: .customLong("static"), help: "Space the keyframes evenly instead of where the motion turns.")
    var isStatic = false

    @Option(help: "Where keyframes are: exact, coded, path, top-k, static or dense (default: the model's own).")
    var placement: SFMS.Placement?

    @Option(help: "The tokeniser's weight file (default: sfms-keyframes.safetensors of Mien's own Models).")
    var tokeniser: String?

    @Option(
        name: [.long, .customShort("o")],
        help: "Write the decoded track here (CSV); with - to standard output, and the report to standard error.")
    var out: String?

    @Flag(help: "Print JSON, with the keyframes of every group.")
    var json = false

    /// What keeps a track from being taken apart.
    enum Unfit: Swift.Error, CustomStringConvertible {
        case tooShort(path: String, frames: Int, needed: Int)
        case noFace(path: String)
        case noChooser(placement: String)
        case sparseDense(keyframes: Int, window: Int)

        var description: String {
            switch self {
            case .tooShort(let path, let frames, let needed):
                "\(path): \(frames) frames at the model's rate, expected at least \(needed)"
            case .noFace(let path):
                "\(path): no face coefficient and no head pose, expected some of the 58 channels"
            case .noChooser(let placement):
                "--placement \(placement) needs a chooser, which these weights have not; use exact, coded or static"
            case .sparseDense(let keyframes, let window):
                "--k \(keyframes): --placement dense makes all \(window) frames of a window keyframes; leave --k out"
            }
        }
    }

    func validate() throws {
        try OutputFiles.requireNames([(tokeniser, "--tokeniser")])
        if let keyframes, !(1...48).contains(keyframes) { throw ValidationError("--k takes 1 to 48.") }
        if isStatic, placement != nil { throw ValidationError("--static and --placement exclude each other.") }
    }

    func run() throws {
        let weights = try tokeniser ?? Home.find().file("Models") + "/sfms-keyframes.safetensors"
        try OutputFiles.check(
            [(out, "the decoded track")], over: [(track, "the track that is read"), (weights, "weights")])
        let model = try SFMS.Reconstructor(WeightFile(path: weights))
        var choice = model.standard
        if let keyframes { choice.keyframes = keyframes }
        choice.placement = isStatic ? .even : placement ?? choice.placement
        if choice.placement.isLearned, !model.tokeniser.hasChooser {
            throw Unfit.noChooser(placement: choice.placement.rawValue)
        }
        let window = model.tokeniser.shape.window
        if choice.placement == .dense, let keyframes, keyframes != window {
            throw Unfit.sparseDense(keyframes: keyframes, window: window)
        }
        let name = StandardStream.input(track)
        let read = try TrackReader().read(track).0.resampled(to: model.frameRate)
        guard read.frames.count >= window else {
            throw Unfit.tooShort(path: name, frames: read.frames.count, needed: window)
        }
        let source = SensedFace(read)
        guard !source.channels.isEmpty else { throw Unfit.noFace(path: name) }
        let result = model(source.values, choice)
        let report = ReconstructionReport(track: name, model: model, choice: choice, source: source, result: result)
        var batch = FileBatch()
        if let out { try batch.add(source.track(result.made), to: out) }
        try say(json ? report.json() : report.text)
        try batch.publish()
    }

    /// Prints the report where it does not mix with the track.
    private func say(_ text: String) throws {
        if out == StandardStream.path {
            try FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
        } else {
            print(text)
            try Failure.requireWrittenOutput()
        }
    }
}

extension SFMS.Placement: ExpressibleByArgument {}

/// The 58 numbers of a track's frames as the tokeniser reads them: what is not sensed keeps its last value, and a head's
/// pose is taken from its median.
struct SensedFace {
    /// [T, 58], SI units.
    let values: Matrix
    /// The channels that some frame senses.
    let channels: [Int]
    /// The frames that sense some of them.
    let sensed: [Int]
    private let offset: [Float]
    private let times: [Double]

    init(_ track: Track) {
        let columns = (0..<58).compactMap(TrackColumn.init(rawValue:))
        var values = Matrix(rows: track.frames.count, columns: 58)
        var channels: [Int] = []
        var offset = [Float](repeating: 0, count: 58)
        for (channel, column) in columns.enumerated() {
            let sensed = track.frames.map { $0.value(column) }
            guard var last = sensed.lazy.compactMap({ $0 }).first else { continue }
            channels.append(channel)
            if channel >= Blendshape.count {
                let sorted = sensed.compactMap { $0 }.sorted()
                offset[channel] = sorted[sorted.count / 2]
            }
            for (row, value) in sensed.enumerated() {
                last = value ?? last
                values[row, channel] = last - offset[channel]
            }
        }
        self.values = values
        self.channels = channels
        self.offset = offset
        times = track.frames.map(\.time)
        sensed = track.frames.indices.filter { !track.frames[$0].sensed.isDisjoint(with: .face) }
    }

    /// Numbers as a track of the sensed channels, at the source's times; a frame that sensed nothing stays empty.
    func track(_ made: Matrix) -> Track {
        let columns = channels.compactMap(TrackColumn.init(rawValue:))
        var frames = times.map { PersonFrame(time: $0) }
        for row in sensed {
            for column in columns {
                frames[row].sense(column, made[row, column.rawValue] + offset[column.rawValue])
            }
        }
        return Track(frames: frames, channels: columns.reduce(into: []) { $0.insert(SensedChannels($1)) })
    }
}
