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

    @OptionGroup var files: GenerateOptions

    @OptionGroup var controls: ControlOptions

    @OptionGroup var mirror: MirrorOption

    func run() throws {
        try files.refuseSameFiles(as: [(person, "the person's track")])
        let (track, _) = try TrackReader().read(person)
        let basis = try files.basis()
        let model = try SFMS(
            tokeniser: files.weights("sfms-tokeniser"), predictor: files.weights("sfms-predictor"), basis: basis)
        let frames = track.resampled(to: model.frameRate).frames
        var stream = model.controlled(by: controls.motion).makeStream(seed: files.seed)
        var reflexes = Reflexes(
            Reflexes.Choice(blinkRate: controls.blinkRate, mirrorGain: mirror.mirrorGain), seed: files.seed,
            basis: basis,
            frameRate: model.frameRate)
        var faces: [PersonFrame] = []
        var points: [LandmarkFrame] = []
        faces.reserveCapacity(frames.count)
        var progress = ProgressLine(total: frames.count, label: "listening")
        for frame in frames {
            let person = frame.isPresent ? frame : nil
            reflexes?.step(person: person)
            let own = try stream.next(person: person)
            let answer = reflexes?.applied(to: own) ?? own
            faces.append(PersonFrame(time: frame.time, face: answer.face, sensed: .face))
            if files.landmarks != nil { points.append(Self.onImage(answer.landmarks, scale: basis.imageScale)) }
            progress.advance()
        }
        progress.finish()
        if let landmarks = files.landmarks { try LandmarkFile.write(points, to: landmarks) }
        try TrackFile.write(Track(frames: faces, channels: .face), to: files.out)
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
}
