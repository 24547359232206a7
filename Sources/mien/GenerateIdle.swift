import ArgumentParser
import FaceFit
import FaceKit
import Foundation
import Inference
import Motion
import Runtime

/// `mien generate idle`: head and face motion without a driver, into a track file.
struct GenerateIdle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "Generate idle motion with SUHMo around a reference face.",
        discussion: "SUHMo's landmarks hold no blinks: ask for them with --blink-rate.")

    @Option(help: "What to idle around: neutral, or a face track (- for standard input) whose first frame is taken.")
    var reference = "neutral"

    @Option(help: "How many frames to make, 25 a second.")
    var frames: Int

    @OptionGroup var files: GenerateOptions

    @OptionGroup var controls: ControlOptions

    @OptionGroup var pair: PairOption

    /// Why a reference cannot be idled around.
    enum Error: Swift.Error, CustomStringConvertible {
        case nobody(path: String)
        case turnedAway(path: String, degrees: Double)

        var description: String {
            switch self {
            case .nobody(let path):
                "\(path): the first frame senses neither a coefficient nor a head angle, expected a face to idle around"
            case .turnedAway(let path, let degrees):
                "\(path): the first frame's head is turned by \(Int(degrees.rounded()))°, expected at most 45°"
            }
        }
    }

    func validate() throws {
        guard (1...500_000).contains(frames) else { throw ValidationError("--frames takes 1 to 500000.") }
    }

    func run() throws {
        try files.checkOutputs(over: reference == "neutral" ? [] : [(reference, "the reference")])
        let basis = try files.basis()
        let model = try SUHMo(
            file: files.weights("suhmo"), basis: basis, reference: referenceFace(), cheap: pair.cheap)
        var stream = model.controlled(by: controls.motion).makeStream(seed: files.seed)
        var reflexes = Reflexes(
            Reflexes.Choice(blinkRate: controls.blinkRate), seed: files.seed, basis: basis,
            frameRate: model.frameRate)
        var faces = [FaceFrame]()
        var images = [LandmarkFrame2D]()
        faces.reserveCapacity(frames)
        var progress = ProgressLine(total: frames, label: "idling")
        for _ in 0..<frames {
            reflexes?.step(person: nil)
            let own = try stream.next(person: nil)
            let frame = reflexes?.applied(to: own) ?? own
            faces.append(frame.face)
            if files.landmarks != nil, let image = frame.image { images.append(image) }
            progress.advance()
        }
        progress.finish()
        var batch = FileBatch()
        if let landmarks = files.landmarks { try batch.add(images, to: landmarks) }
        try batch.add(Track(faces: faces, frameRate: model.frameRate), to: files.out)
        try batch.publish()
    }

    private func referenceFace() throws -> FaceFrame {
        if reference == "neutral" { return .neutral }
        let (track, _) = try TrackReader().read(reference)
        guard let first = track.frames.first, !first.sensed.isDisjoint(with: .face) else {
            throw Error.nobody(path: StandardStream.input(reference))
        }
        let head = first.face.head
        let degrees = Double(max(abs(head.yaw), abs(head.pitch), abs(head.roll))) * 180 / .pi
        guard degrees <= 45 else {
            throw Error.turnedAway(path: StandardStream.input(reference), degrees: degrees)
        }
        var face = first.face
        face.head.z = 0
        return face
    }
}
