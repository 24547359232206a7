import FaceKit
import Foundation

extension SFMS {
    /// The channels of a person that a listener goes by: those that `SpeakerFeatures` reads.
    public static let personChannels: SensedChannels = [
        SensedChannels(.mouthSmileLeft), SensedChannels(.mouthSmileRight), SensedChannels(.cheekSquintLeft),
        SensedChannels(.cheekSquintRight), .motionEnergy, .gazeRegion,
    ]
}

/// What a stream knows of the person it listens to: the channels that are really sensed, their running means, and the
/// running scale of the motion energy, whose unit differs from source to source.
///
/// A channel that is not sensed gives zeros and leaves its running values alone; nothing sensed gives all zeros, which
/// is how the model was taught that nobody is there. `mien_training/sfms/channels.py` is the twin.
struct SpeakerFeatures: Sendable {
    /// Names in order, as the weight file's metadata lists them.
    static let names = [
        "smile", "smile_mean_4s", "smile_mean_16s", "cheek", "cheek_mean_4s", "cheek_mean_16s", "has_smile",
        "has_cheek",
        "motion", "motion_mean_4s", "gaze_left", "gaze_middle", "gaze_right", "has_motion", "has_gaze",
    ]
    static let count = 15
    /// The columns that say what was seen.
    static let presence = names.indices.filter { names[$0].hasPrefix("has_") }
    /// How many of them the expression stream reads; the body stream reads the rest.
    static let expressionCount = 8

    /// Rates of the running means of 4 s and 16 s at 25 frames a second.
    static let fast: Float = 1.0 / 100
    static let slow: Float = 1.0 / 400

    /// The belief about log(1 + motion energy) before a recording starts, and the frames that it weighs.
    private static let priorMean = 5.5
    private static let priorDeviation = 2.5
    private static let priorFrames = 250.0

    /// A running mean that starts at the first value.
    private struct Means {
        var fast: Float = 0
        var slow: Float = 0
        var hasStarted = false

        mutating func push(_ value: Float) {
            if hasStarted {
                fast += SpeakerFeatures.fast * (value - fast)
                slow += SpeakerFeatures.slow * (value - slow)
            } else {
                (fast, slow, hasStarted) = (value, value, true)
            }
        }
    }

    private var smile = Means()
    private var cheek = Means()
    private var motionMean: Float = 0
    private var count = SpeakerFeatures.priorFrames
    private var mean = SpeakerFeatures.priorMean
    private var square =
        SpeakerFeatures.priorDeviation * SpeakerFeatures.priorDeviation * SpeakerFeatures.priorFrames

    /// The features of the next frame.
    mutating func push(_ person: PersonFrame?) -> [Float] {
        var out = [Float](repeating: 0, count: Self.count)
        guard let person else { return out }
        if let value = Self.average(person, .mouthSmileLeft, .mouthSmileRight) {
            smile.push(value)
            (out[0], out[1], out[2], out[6]) = (value, smile.fast, smile.slow, 1)
        }
        if let value = Self.average(person, .cheekSquintLeft, .cheekSquintRight) {
            cheek.push(value)
            (out[3], out[4], out[5], out[7]) = (value, cheek.fast, cheek.slow, 1)
        }
        if person.sensed.contains(.motionEnergy), person.motionEnergy.isFinite {
            let value = log1p(Double(max(person.motionEnergy, 0)))
            count += 1
            let step = value - mean
            mean += step / count
            square += step * (value - mean)
            let scaled = Float((value - mean) / (square / count).squareRoot())
            motionMean += Self.fast * (scaled - motionMean)
            (out[8], out[9], out[13]) = (scaled, motionMean, 1)
        }
        if person.sensed.contains(.gazeRegion), person.gazeRegion.isFinite {
            let region = person.gazeRegion.rounded(.toNearestOrEven)
            for index in 0..<3 where region == Float(index + 1) { out[10 + index] = 1 }
            out[14] = 1
        }
        return out
    }

    /// The mean of those of two sides that are sensed.
    private static func average(_ person: PersonFrame, _ left: Blendshape, _ right: Blendshape) -> Float? {
        var sum: Float = 0
        var sides: Float = 0
        for side in [left, right] where person.sensed.contains(SensedChannels(side)) && person.face[side].isFinite {
            sum += person.face[side]
            sides += 1
        }
        return sides > 0 ? sum / sides : nil
    }
}
