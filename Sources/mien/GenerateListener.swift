import ArgumentParser
import FaceFit
import FaceKit
import Foundation
import Inference
import Motion
import Perception
import Runtime

/// `mien generate listener`: how the SFMS listener answers a person's face track, into a track file.
struct GenerateListener: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listener",
        abstract: "Generate a listener's motion with SFMS for a person's face track.",
        discussion: """
            Any columns of a track may be there or not; of the person the listener uses mouthSmileLeft and Right, \
            cheekSquintLeft and Right, motion_energy and gaze_region. The input is brought to 25 frames a second, and \
            each of those frames gets one frame of output.
            """)

    @Option(help: "The person's face track (Mien's CSV, Live Link Face or OpenFace).")
    var person: String

    @Option(name: [.long, .customShort("o")], help: "The listener's track to write, 25 frames a second.")
    var out: String

    @Option(help: "Write the 68 landmarks here as well: x, y and z in units of the image's side.")
    var landmarks: String?

    @Option(help: "The same seed gives the same motion.")
    var seed: UInt64 = 1

    @Option(help: "The folder with the sfms-….safetensors and face-basis.safetensors (default: Mien's own Models).")
    var models: String?

    /// Why a listener cannot be generated.
    enum Error: Swift.Error, CustomStringConvertible {
        case sameFile(path: String, as: String)

        var description: String {
            switch self {
            case .sameFile(let path, let other): "\(path): would overwrite \(other); name another file"
            }
        }
    }

    func run() throws {
        try refuseSameFiles()
        let (track, _) = try TrackReader().read(person)
        let folder = try models ?? Home.find().file("Models")
        let basis = try FaceBasis(path: folder + "/face-basis.safetensors")
        let model = try SFMS(
            tokeniser: WeightFile(path: folder + "/sfms-tokeniser.safetensors"),
            predictor: WeightFile(path: folder + "/sfms-predictor.safetensors"), basis: basis)
        let frames = track.resampled(to: model.frameRate).frames
        var stream = model.makeStream(seed: seed)
        var faces: [PersonFrame] = []
        var points: [LandmarkFrame] = []
        faces.reserveCapacity(frames.count)
        var progress = ProgressLine(total: frames.count, label: "listening")
        for frame in frames {
            let answer = try stream.next(person: frame.isPresent ? frame : nil)
            faces.append(PersonFrame(time: frame.time, face: answer.face, sensed: .face))
            if landmarks != nil { points.append(Self.onImage(answer.landmarks, scale: basis.imageScale)) }
            progress.advance()
        }
        progress.finish()
        if let landmarks { try LandmarkFile.write(points, to: landmarks) }
        try TrackFile.write(Track(frames: faces, channels: .face), to: out)
    }

    /// Metres to the canonical image: x to the viewer's right, y down, z towards the viewer, in units of its side.
    private static func onImage(_ landmarks: LandmarkFrame, scale: Float) -> LandmarkFrame {
        var result = landmarks
        for index in 0..<LandmarkFrame.count {
            let point = landmarks.points[index]
            result.points[index] = SIMD3(0.5 + scale * point.x, 0.5 - scale * point.y, scale * point.z)
        }
        return result
    }

    private func refuseSameFiles() throws {
        var named: [(path: String, meaning: String)] = [(person, "the person's track")]
        for (path, meaning) in [(out, "the listener's track"), (landmarks, "the landmarks")] {
            guard let path else { continue }
            let place = URL(fileURLWithPath: path).standardized
            if let clash = named.first(where: { URL(fileURLWithPath: $0.path).standardized == place }) {
                throw Error.sameFile(path: path, as: clash.meaning)
            }
            named.append((path, meaning))
        }
    }
}
