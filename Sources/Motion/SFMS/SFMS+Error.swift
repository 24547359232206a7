extension SFMS {
    /// What is wrong with a pair of weight files as a listener, beyond what `WeightFile` finds.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case indivisible(path: String, width: Int, heads: Int)
        case badList(path: String, key: String, found: String, count: Int, range: ClosedRange<Int>)
        case badLevels(path: String, found: String)
        case unknownPlacement(path: String, found: String)
        case groupsWithoutLevels(path: String, groups: Int, levels: Int)
        case unknownChannel(path: String, name: String)
        case channelsNotCovered(path: String)
        case unknownFeatures(path: String, found: String)
        case notFinite(path: String, tensor: String, index: Int)
        case badDeviation(path: String, channel: String)
        case badCalibration(path: String, channel: String)
        case flatCalibration(path: String, channel: String)
        case badSmoothing(path: String, channel: String, found: Float)
        case unknownCalibration(path: String, found: String, newest: Int)
        case differentSizes(tokeniser: String, predictor: String)
        case badHearing(path: String, found: Int, patch: Int, past: Int)
        /// The listener's time constants and the response's lags are in frames of this rate.
        case badFrameRate(path: String, found: Double, expected: Double)
        case badNeutral(path: String)
        case pastTooShort(path: String, found: Int, needed: Int)
        case badSampling(path: String, key: String, found: Double, range: ClosedRange<Double>)

        public var description: String {
            switch self {
            case .indivisible(let path, let width, let heads):
                "\(path): metadata dim is \(width), expected an even number that heads (\(heads)) divides"
            case .badList(let path, let key, let found, let count, let range):
                "\(path): metadata \(key) is \(found), expected a list of \(count) whole numbers in "
                    + "\(range.lowerBound)…\(range.upperBound)"
            case .badLevels(let path, let found):
                "\(path): metadata levels is \(found), expected a list of 1 to 58 lists of whole numbers in 2…256"
            case .unknownPlacement(let path, let found):
                "\(path): metadata placement is \"\(found)\", expected "
                    + SFMS.Placement.allCases.map(\.rawValue).joined(separator: ", ")
            case .groupsWithoutLevels(let path, let groups, let levels):
                "\(path): metadata groups has \(groups) groups and levels \(levels), expected as many"
            case .unknownChannel(let path, let name):
                "\(path): metadata groups names \"\(name)\", expected one of the 58 face channels"
            case .channelsNotCovered(let path):
                "\(path): metadata groups is not a JSON list of lists that names each of the 58 face channels once"
            case .unknownFeatures(let path, let found):
                "\(path): metadata speaker_features is \(found), which this version does not know"
            case .notFinite(let path, let tensor, let index):
                "\(path): tensor \(tensor) is not finite at place \(index)"
            case .badDeviation(let path, let channel):
                "\(path): tensor std is not above 0 for \(channel)"
            case .badCalibration(let path, let channel):
                "\(path): tensor calibration.drawn does not rise from knot to knot for \(channel)"
            case .flatCalibration(let path, let channel):
                "\(path): tensor calibration.variance is not above 0 for \(channel)"
            case .badSmoothing(let path, let channel, let found):
                "\(path): tensor calibration.smoothing is \(found) for \(channel), expected above 0 and at most 1"
            case .unknownCalibration(let path, let found, let newest):
                "\(path): metadata calibration_version is \(found), expected a whole number from 1 to \(newest)"
            case .differentSizes(let tokeniser, let predictor):
                "\(predictor) was trained for other tokens than \(tokeniser) makes (codes, groups, window)"
            case .badHearing(let path, let found, let patch, let past):
                "\(path): metadata audio_patch is \(found), expected a multiple of patch (\(patch)) that divides past "
                    + "(\(past)), and audio_kernel at least as much and audio_layers at most the speaker's"
            case .badFrameRate(let path, let found, let expected):
                "\(path): metadata frame_rate_hz is \(found), expected \(expected)"
            case .badNeutral(let path):
                "\(path): metadata neutral is not a list of 58 numbers, 52 coefficients from 0 to 1 and a head pose"
            case .pastTooShort(let path, let found, let needed):
                "\(path): metadata past is \(found), expected at least \(needed), so many frames the response looks back"
            case .badSampling(let path, let key, let found, let range):
                "\(path): metadata \(key) is \(found), expected a number from \(range.lowerBound) to "
                    + "\(range.upperBound)"
            }
        }
    }
}
