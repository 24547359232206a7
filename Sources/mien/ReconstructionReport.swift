import FaceKit
import Foundation
import Motion

/// What `mien reconstruct` says of a track.
struct ReconstructionReport: Encodable {
    /// Squared errors of a channel group, in units of the channels' deviations.
    struct Group: Encodable {
        let name: String
        let channels: Int
        let error: Double
        /// Frames of the track that are keyframes.
        let keyframes: [Int]
    }

    let track: String
    let frames: Int
    /// Frames without any of the track's channels: what they come back as is not measured.
    let unsensedFrames: Int
    let windows: Int
    let placement: String
    let k: Int
    let bitsPerSecond: Double
    let maskBitsPerSecond: Double
    /// Mean squared error over sensed frames and the track's channels.
    let error: Double
    /// The same of the frames' errors in order: the frame below which so many percent lie.
    let quantiles: [String: Double]
    let groups: [Group]

    init(
        track: String, model: SFMS.Reconstructor, choice: SFMS.Reconstructor.Choice, source: SensedFace,
        result: SFMS.Reconstructor.Result
    ) {
        self.track = track
        frames = result.frames.rows
        unsensedFrames = frames - source.sensed.count
        windows = result.windows.count
        placement = choice.placement.rawValue
        k = choice.placement == .dense ? model.tokeniser.shape.window : choice.keyframes
        let bits = model.bitsPerSecond(choice)
        // Where the last window overlaps its neighbour, more frames are paid for than there are.
        let paid = Double(windows * model.tokeniser.shape.window) / Double(frames)
        bitsPerSecond = (bits.codes + bits.places) * paid
        maskBitsPerSecond = bits.places * paid
        let measured = { (channels: [Int]) in
            let errors = model.errors(result, channels: channels)
            return source.sensed.map { errors[$0] }
        }
        let errors = measured(source.channels)
        error = errors.reduce(0, +) / Double(errors.count)
        let sorted = errors.sorted()
        quantiles = [50, 75, 90, 95, 99, 100].reduce(into: [:]) { found, percent in
            found["\(percent)"] = sorted[(sorted.count - 1) * percent / 100]
        }
        groups = model.tokeniser.groups.enumerated().compactMap { index, channels in
            let own = channels.filter(source.channels.contains)
            guard !own.isEmpty else { return nil }
            let errors = measured(own)
            return Group(
                name: model.groupNames[index], channels: own.count,
                error: errors.reduce(0, +) / Double(errors.count), keyframes: result.keyframes[index])
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// A few lines to read.
    var text: String {
        func number(_ value: Double) -> String { String(format: "%.4f", value) }
        var lines = [
            "\(Failure.printable(track)): \(frames) frames in \(windows) windows, \(placement) keyframes, \(k) a window"
                + (unsensedFrames > 0 ? "; \(unsensedFrames) frames without a face are left out of the errors" : ""),
            "\(Int(bitsPerSecond.rounded())) bits/s, of which \(Int(maskBitsPerSecond.rounded())) say where the "
                + "keyframes are",
            "squared error \(number(error)) of a channel's variance; of the frames, half are below "
                + "\(number(quantiles["50"] ?? 0)), 95 % below \(number(quantiles["95"] ?? 0))",
        ]
        if groups.count <= 8 {
            lines += groups.map { "  \($0.name) (\($0.channels) channels): \(number($0.error))" }
        }
        return lines.joined(separator: "\n")
    }
}
