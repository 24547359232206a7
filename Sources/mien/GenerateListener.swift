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
            cheekSquintLeft and Right (the mean of both sides), motion_energy (changed pixels: median 1,000, 95th \
            percentile 8,000) and gaze_region (1 left, 2 middle, 3 right). The input is brought to 25 frames a second, \
            and each of those frames gets one frame of output. A seed is a temper, too: how rarely and how broadly \
            this listener smiles. Weights that were trained with sound also hear --audio; \
            without it they go by the face alone.
            """)

    @Option(help: "The person's face track (Mien's CSV, Live Link Face or OpenFace); - is standard input.")
    var person: String

    @Option(
        help: """
            The person's voice (WAV, FLAC or Ogg, any rate), which begins at the track's time 0. For weights that were \
            trained with sound; those that ship were not.
            """)
    var audio: String?

    @OptionGroup var files: GenerateOptions

    @OptionGroup var controls: ControlOptions

    @OptionGroup var mirror: MirrorOption

    func validate() throws { try OutputFiles.requireNames([(audio, "--audio")]) }

    func run() throws {
        try files.checkOutputs(
            over: [(person, "the person's track")] + (audio.map { [($0, "the person's voice")] } ?? []))
        let (track, _) = try TrackReader().read(person)
        let basis = try files.basis()
        let predictor = try files.weights("sfms-predictor")
        let model = try SFMS(tokeniser: files.weights("sfms-tokeniser"), predictor: predictor, basis: basis)
        var voice = try audio.map { try Self.voice($0, for: model, weights: predictor.path) }
        let frames = track.resampled(to: model.frameRate).frames
        for note in Self.notes(on: track, resampled: frames) {
            FileHandle.standardError.write(Data("\(Failure.printable(StandardStream.input(person))): \(note).\n".utf8))
        }
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
            stream.hear(voice?.columns(at: Int((frame.time * model.frameRate).rounded())))
            let own = try stream.next(person: person)
            let answer = reflexes?.applied(to: own) ?? own
            faces.append(PersonFrame(time: frame.time, face: answer.face, sensed: .face))
            if files.landmarks != nil { points.append(Self.onImage(answer.landmarks, scale: basis.imageScale)) }
            progress.advance()
        }
        progress.finish()
        var batch = FileBatch()
        if let landmarks = files.landmarks { try batch.add(points, to: landmarks) }
        try batch.add(Track(frames: faces, channels: .face), to: files.out)
        try batch.publish()
    }

    /// What a track keeps from the listener, which answers all the same.
    private static func notes(on track: Track, resampled frames: [PersonFrame]) -> [String] {
        var found: [String] = []
        if track.channels.isDisjoint(with: SFMS.personChannels) {
            found.append("has none of the columns that the listener goes by, as if nobody were there")
        } else {
            let absent = frames.count { $0.sensed.isDisjoint(with: SFMS.personChannels) }
            if absent > 0 { found.append("the listener sees nobody in \(absent) of \(frames.count) frames") }
        }
        found += scales(of: frames)
        if track.clampedValues > 0 { found.append("\(track.clampedValues) values beyond 0 to 1 were clamped") }
        return found
    }

    /// What looks as if it had another scale than the listener learned from (Tracks/README.md).
    private static func scales(of frames: [PersonFrame]) -> [String] {
        var found: [String] = []
        let most = frames.lazy.filter { $0.sensed.contains(.motionEnergy) }.map(\.motionEnergy).max() ?? 0
        if most > 0, most < 10 {
            found.append(
                "motion_energy is never above \(most); its unit is changed pixels, of which 1,000 is the median")
        }
        let elsewhere = frames.count {
            $0.sensed.contains(.gazeRegion) && !(1...3).contains($0.gazeRegion.rounded(.toNearestOrEven))
        }
        if elsewhere > 0 {
            found.append("gaze_region is none of 1, 2 and 3 in \(elsewhere) of \(frames.count) frames")
        }
        return found
    }

    /// Why weights cannot hear a voice.
    enum NoEar: Error, CustomStringConvertible {
        case deaf(weights: String)
        case otherSound(weights: String, kind: String, columns: Int)

        var description: String {
            switch self {
            case .deaf(let weights):
                "\(weights): these weights read no sound, so --audio would change nothing; leave it out, or train with a "
                    + "set that has voices (Training/README.md)"
            case .otherSound(let weights, let kind, let columns):
                "\(weights): these weights read \(kind) in \(columns) columns, and of a voice Mien makes \(LogMel.kind) "
                    + "in \(LogMel.columns)"
            }
        }
    }

    /// The voice in a file, for weights that read what Mien makes of one.
    private static func voice(_ path: String, for model: SFMS, weights: String) throws -> RecordedVoice {
        guard let hearing = model.predictor.shape.hearing else { throw NoEar.deaf(weights: weights) }
        guard hearing.kind == LogMel.kind, hearing.columns == LogMel.columns else {
            throw NoEar.otherSound(weights: weights, kind: hearing.kind, columns: hearing.columns)
        }
        return try RecordedVoice(path: path)
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
