import FaceFit
import FaceKit
import Foundation
import Motion
import Telemetry

extension RecordedRun {
    /// A session that shows the recorded faces to a robot, the recorded person beside them: the targets are worked out
    /// and limited anew, so that any robot may play it.
    ///
    /// - Parameters:
    ///   - robot, calibration: files of another robot than the recorded one.
    ///   - ports: serial devices by the names of buses; none plays to a simulated robot.
    public func session(
        in home: Home, robot: String? = nil, calibration: String? = nil, ports: [String: String] = [:]
    ) throws -> Session {
        var frames: [PersonFrame] = []
        var faces: [RecordedModel.Frame] = []
        try forEachMessage { message in
            switch message.topic {
            case RunChannels.topic(.person):
                let person = try decode(RecordedPersonFrame.self, message)
                guard var frame = person.frame, frame.isPresent, (0...10_000_000).contains(person.tick) else { return }
                frame.time = Double(person.tick) / Generators.frameRate
                if frame.time > frames.last?.time ?? -1 { frames.append(frame) }
            case RunChannels.topic(.motion):
                faces.append(RecordedModel.Frame(try decode(RecordedMotion.self, message)))
            default: break
            }
        }
        var options = Session.Options(
            robot: robot ?? files.path("robot.yaml"), calibration: calibration ?? files.path("calibration.yaml"),
            person: nil, ports: ports, seed: manifest.seed, seconds: Double(faces.count) / Generators.frameRate)
        options.isReplay = true
        var generators = try Generators.none(in: home)
        generators.suhmo = RecordedModel(frames: faces, basis: generators.basis)
        generators.name = "recorded"
        return try Session(
            options: options, generators: generators, track: frames.isEmpty ? nil : Track(frames: frames))
    }
}

/// A recording in the place of a generator: its frames, one a motion tick.
struct RecordedModel: MotionModel {
    /// One recorded frame; where none was made, none is.
    struct Frame: Sendable {
        var channels: FaceChannels?
        /// Whether it was generated as landmarks rather than as coefficients.
        var isLandmarks: Bool

        init(_ motion: RecordedMotion) {
            isLandmarks = (motion.landmarkShare ?? 0) > 0.5
            guard motion.made, let values = motion.channels ?? nil else { return }
            var channels = FaceChannels()
            for (name, value) in values {
                guard let channel = FaceChannel(name: name) else { continue }
                channels[channel] = value ?? .nan
            }
            self.channels = channels
        }
    }

    /// A motion tick of the recording made no frame.
    struct NoFrame: Error, CustomStringConvertible {
        var description: String { "no frame was recorded here" }
    }

    let frames: [Frame]
    let basis: FaceBasis

    var frameRate: Double { Generators.frameRate }

    func makeStream(seed: UInt64) -> Stream { Stream(model: self) }

    /// The frames in their order; the last one stays.
    struct Stream: MotionStream {
        let model: RecordedModel
        private var next = 0

        init(model: RecordedModel) { self.model = model }

        mutating func next(person: PersonFrame?) throws -> MotionFrame {
            defer { next += 1 }
            guard let frame = next < model.frames.count ? model.frames[next] : model.frames.last,
                let channels = frame.channels
            else { throw NoFrame() }
            let face = FaceFrame(channels)
            let landmarks = model.basis.landmarks(of: face)
            var distances = InlineArray<14, Float>(repeating: 0)
            for index in 0..<14 { distances[index] = channels.values[FaceChannels.firstDistance + index] }
            return MotionFrame(
                face: face, landmarks: landmarks, image: frame.isLandmarks ? model.basis.project(landmarks) : nil,
                distances: distances)
        }
    }
}
