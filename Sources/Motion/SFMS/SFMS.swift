import FaceFit
import FaceKit
import Foundation
import Inference

/// The listener: a sparse tokeniser with its sparse-to-dense inpainter, and a predictor of the next tokens from the
/// listener's own past and what is sensed of the speaker.
///
/// Source: "When Less Is More: A Sparse Facial Motion Structure" (spec §2); the cards of the two weight files say what
/// departs from it, on which data it was trained and what was lifted. Frames are 25 a second. A block of 8 frames is
/// decided at once, of which `kept` are shown, so what the speaker does cannot show for up to `kept` frames.
public struct SFMS: MotionModel {
    public let tokeniser: Tokeniser
    public let predictor: Predictor
    public internal(set) var sampling: Sampling
    public let frameRate: Double
    /// Frames from block to block, at most those of a block.
    public let kept: Int
    /// The frames kept where nobody says otherwise: half of what a block of the paper decides.
    public static let standardKept = 4

    let basis: FaceBasis
    /// Mean and deviation of the 58 channels, in which the networks work.
    let mean: [Float]
    let deviation: [Float]
    /// The 58 numbers that a listener begins with.
    let rest: [Float]
    /// What each group is of.
    let parts: [Part]
    /// Of each group that holds the smile, the standardised smile of its codes (mean of the sides in it); else empty.
    let smileLevels: [[Float]]
    /// From what is drawn to what is shown; a listener of random weights has none.
    var calibration: OutputCalibration?

    /// How tokens are drawn.
    public struct Sampling: Sendable, Equatable {
        public var temperature: Float
        /// Probability mass of the likeliest classes that may be drawn.
        public var nucleus: Float
        /// The same two for every group without the smile: one drawn many times a second shivers at temperature 1.
        public var otherTemperature: Float
        public var otherNucleus: Float
        /// How strongly the linear response to the speaker tilts the smile's logits.
        public var responseGain: Float
        /// Weight of the response's change over the last second, beside the response itself.
        public var changeGain: Float
        /// Temperature of which code a keyframe has, of all groups, beside the groups' own; whether there is one stays
        /// as likely as it is. 1 changes nothing.
        public var codeTemperature: Float = 1
        /// The same of the face's groups without the smile, and of the head's, beside that of all.
        public var otherCodeTemperature: Float
        public var headCodeTemperature: Float

        public init(
            temperature: Float = 1, nucleus: Float = 1, otherTemperature: Float = 1, otherNucleus: Float = 1,
            responseGain: Float = 0, changeGain: Float = 0, otherCodeTemperature: Float = 1,
            headCodeTemperature: Float = 1
        ) {
            self.temperature = temperature
            self.nucleus = nucleus
            self.otherTemperature = otherTemperature
            self.otherNucleus = otherNucleus
            self.responseGain = responseGain
            self.changeGain = changeGain
            self.otherCodeTemperature = otherCodeTemperature
            self.headCodeTemperature = headCodeTemperature
        }

        /// How the tokens of a group are drawn.
        func way(of part: Part) -> (temperature: Float, nucleus: Float, codes: Float) {
            switch part {
            case .smile: (temperature, nucleus, codeTemperature)
            case .face: (otherTemperature, otherNucleus, codeTemperature * otherCodeTemperature)
            case .head: (otherTemperature, otherNucleus, codeTemperature * headCodeTemperature)
            }
        }
    }

    /// What a group of channels is of: the smile or a side of it, the rest of the face, or the head's pose alone.
    enum Part: Sendable {
        case smile, face, head
    }

    /// The frame rate that a file names.
    static func frameRate(_ file: WeightFile) throws -> Double {
        let found = try file.number("frame_rate_hz")
        guard found == knownFrameRate else {
            throw Error.badFrameRate(path: file.path, found: found, expected: knownFrameRate)
        }
        return found
    }

    init(
        tokeniser: Tokeniser, predictor: Predictor, basis: FaceBasis, mean: [Float], deviation: [Float],
        sampling: Sampling, frameRate: Double, kept: Int, calibration: OutputCalibration? = nil,
        rest: [Float]? = nil
    ) {
        precondition((1...predictor.shape.hop).contains(kept), "a block shows from 1 to all of its frames")
        self.kept = kept
        self.tokeniser = tokeniser
        self.predictor = predictor
        self.basis = basis
        self.mean = mean
        self.deviation = deviation
        self.sampling = sampling
        self.frameRate = frameRate
        self.calibration = calibration
        self.rest = rest ?? [Float](repeating: 0, count: 58)
        let smile = [Blendshape.mouthSmileLeft, .mouthSmileRight].map(\.rawValue)
        parts = tokeniser.groups.map { group in
            if smile.contains(where: group.contains) { return .smile }
            return group.allSatisfy { $0 >= Blendshape.count } ? .head : .face
        }
        smileLevels = tokeniser.quantisers.map { quantiser in
            let places = smile.compactMap(quantiser.channels.firstIndex)
            guard !places.isEmpty else { return [] }
            return (0..<quantiser.table.plain.rows).map { code in
                places.reduce(0) { $0 + quantiser.table.plain[code, $1] } / Float(places.count)
            }
        }
    }

    /// The listener of two weight files; the basis turns its coefficients into landmarks.
    ///
    /// - Parameter kept: frames from block to block, at least 1; more than the model's block are its block.
    public init(
        tokeniser tokens: WeightFile, predictor rows: WeightFile, basis: FaceBasis, kept: Int = standardKept
    ) throws {
        try Self.requireFinite(rows)
        _ = try Self.frameRate(tokens)
        let (tokeniser, mean, deviation) = try Tokeniser.read(tokens)
        let (tokeniserShape, groups) = (tokeniser.shape, tokeniser.groups)
        let predictorShape = try PredictorShape(rows)
        guard predictorShape.past + predictorShape.hop == tokeniserShape.window,
            predictorShape.past.isMultiple(of: predictorShape.patch),
            try rows.integer("codes") == tokeniserShape.codes, try rows.integer("groups") == groups.count
        else { throw Error.differentSizes(tokeniser: tokens.path, predictor: rows.path) }
        let features = try rows.text("speaker_features")
        guard features == SpeakerFeatures.names.joined(separator: " ") else {
            throw Error.unknownFeatures(path: rows.path, found: features)
        }
        self.init(
            tokeniser: tokeniser,
            predictor: try Predictor(rows, shape: predictorShape, groups: groups.count, codes: tokeniserShape.codes),
            basis: basis, mean: mean, deviation: deviation, sampling: try Sampling(rows),
            frameRate: try Self.frameRate(rows), kept: min(kept, predictorShape.hop),
            calibration: try OutputCalibration(rows), rest: try Self.rest(rows))
    }

    /// The face that a predictor was trained to begin with, its metadata's `neutral`; nil is the neutral one, all 0.
    private static func rest(_ file: WeightFile) throws -> [Float]? {
        guard let text = file.metadata["neutral"] else { return nil }
        let values = (try? JSONDecoder().decode([Float].self, from: Data(text.utf8))) ?? []
        let isFace =
            values.count == 58 && values.prefix(Blendshape.count).allSatisfy { (0...1).contains($0) }
            && values.allSatisfy { abs($0) <= 10 }
        guard isFace else { throw Error.badNeutral(path: file.path) }
        return values
    }

    /// A listener of given sizes with random weights, for parity tests and benchmarks.
    ///
    /// - Parameter groups: the channels of each group, as many as there are quantisers; nil are the shipped five.
    public static func random(
        tokeniser: TokeniserShape = .paper, predictor: PredictorShape = .paper, groups: [[Int]]? = nil, seed: UInt64,
        basis: FaceBasis, elementType: WeightTensor.ElementType = .float32, sampling: Sampling = Sampling(),
        kept: Int = standardKept, tally: WeightTally? = nil
    ) throws -> SFMS {
        let source = RandomWeights(seed: seed, elementType: elementType, tally: tally)
        let groups = groups ?? ChannelGroups.standard
        precondition(groups.count == tokeniser.quantisers.count, "a group has a quantiser")
        return SFMS(
            tokeniser: try Tokeniser(source, shape: tokeniser, groups: groups),
            predictor: try Predictor(source, shape: predictor, groups: groups.count, codes: tokeniser.codes),
            basis: basis, mean: [Float](repeating: 0, count: 58), deviation: [Float](repeating: 1, count: 58),
            sampling: sampling, frameRate: 25, kept: min(kept, predictor.hop))
    }

    public func makeStream(seed: UInt64) -> Stream { Stream(self, seed: seed) }

    fileprivate static func requireFinite(_ file: WeightFile) throws {
        if let (tensor, index) = file.firstNotFinite() {
            throw Error.notFinite(path: file.path, tensor: tensor, index: index)
        }
    }
}

extension SFMS.Tokeniser {
    /// A weight file's tokeniser, and the mean and deviation of the 58 channels that it works in.
    static func read(
        _ file: WeightFile, kind: String = "sfms-tokeniser"
    ) throws -> (tokeniser: SFMS.Tokeniser, mean: [Float], deviation: [Float]) {
        try SFMS.requireFinite(file)
        let shape = try SFMS.TokeniserShape(file, kind: kind)
        let groups = try groups(file)
        guard groups.count == shape.quantisers.count else {
            throw SFMS.Error.groupsWithoutLevels(
                path: file.path, groups: groups.count, levels: shape.quantisers.count)
        }
        let deviation = try file.tensor("std", shape: [58]).values
        if let channel = deviation.firstIndex(where: { $0 <= 0 }) {
            throw SFMS.Error.badDeviation(path: file.path, channel: FaceChannel.names[channel])
        }
        return (
            try SFMS.Tokeniser(file, shape: shape, groups: groups), try file.tensor("mean", shape: [58]).values,
            deviation
        )
    }

    /// The channels of each group by the names in the metadata.
    private static func groups(_ file: WeightFile) throws -> [[Int]] {
        let lists = (try? JSONDecoder().decode([[String]].self, from: Data(try file.text("groups").utf8))) ?? []
        let groups = try lists.map { try $0.map { try index(of: $0, file.path) } }
        guard groups.joined().sorted() == Array(0..<58) else { throw SFMS.Error.channelsNotCovered(path: file.path) }
        return groups
    }

    private static func index(of name: String, _ path: String) throws -> Int {
        guard let channel = FaceChannel(name: name), channel.rawValue < 58 else {
            throw SFMS.Error.unknownChannel(path: path, name: name)
        }
        return channel.rawValue
    }
}

extension SFMS.Sampling {
    fileprivate init(_ file: WeightFile) throws {
        func value(_ key: String, in range: ClosedRange<Double>) throws -> Float {
            let number = try file.number(key)
            guard range.contains(number) else {
                throw SFMS.Error.badSampling(path: file.path, key: key, found: number, range: range)
            }
            return Float(number)
        }
        let (temperatures, masses, gains) = (0...10.0, 0...1.0, 0...100.0)
        /// Files that do not say have none of their own.
        func codes(_ key: String) throws -> Float {
            file.metadata[key] == nil ? 1 : try value(key, in: 0.01...10)
        }
        self.init(
            temperature: try value("temperature", in: temperatures), nucleus: try value("nucleus", in: masses),
            otherTemperature: try value("other_temperature", in: temperatures),
            otherNucleus: try value("other_nucleus", in: masses), responseGain: try value("response_gain", in: gains),
            changeGain: try value("change_gain", in: gains),
            otherCodeTemperature: try codes("other_code_temperature"),
            headCodeTemperature: try codes("head_code_temperature"))
    }
}
