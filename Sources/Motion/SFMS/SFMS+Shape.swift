import FaceKit
import Foundation
import Inference

extension SFMS {
    /// The sizes of one transformer: width, heads, feed-forward width.
    public struct Width: Sendable, Equatable {
        public var width: Int
        public var heads: Int
        public var hidden: Int

        public init(width: Int, heads: Int, hidden: Int) {
            self.width = width
            self.heads = heads
            self.hidden = hidden
        }
    }

    /// Where the keyframes of a window are put.
    public enum Placement: String, Sendable, Equatable, CaseIterable {
        /// Where straight lines between them lose least.
        case exact
        /// Where straight lines between what their codes keep of them lose least.
        case coded
        /// Where learned scores and the loss of straight lines say.
        case path
        /// At the highest learned scores.
        case topK = "top-k"
        /// Evenly spaced.
        case even = "static"
        /// At every frame.
        case dense

        /// Whether it needs the weights of a chooser.
        public var isLearned: Bool { self == .path || self == .topK }
    }

    /// The sizes of a tokeniser (spec §2.2).
    public struct TokeniserShape: Sendable, Equatable {
        /// How one group's keyframes become codes.
        public enum Quantiser: Sendable, Equatable {
            /// A code is one of the product of these levels.
            case scalar(levels: [Int])
            case vector(codes: Int, dimensions: Int)
        }

        public var size: Width
        /// Layers of the chooser, keyframe encoder, transition encoder and decoder.
        public var layers: [Int]
        /// One a group.
        public var quantisers: [Quantiser]
        public var placement: Placement
        /// Keyframes of each group in a window (k).
        public var keyframes: Int
        /// How many frames to each side the transition encoder sees of the masks (w).
        public var maskReach: Int
        /// Frames of a window (T).
        public var window: Int
        public var chooserWidth: Int

        public init(
            size: Width, layers: [Int], quantisers: [Quantiser] = standardQuantisers, placement: Placement = .exact,
            keyframes: Int = 10, maskReach: Int = 8, window: Int = 48, chooserWidth: Int = 48
        ) {
            self.size = size
            self.layers = layers
            self.quantisers = quantisers
            self.placement = placement
            self.keyframes = keyframes
            self.maskReach = maskReach
            self.window = window
            self.chooserWidth = chooserWidth
        }

        /// How many codes each group has, where all have as many and a predictor can tell them apart; 0 otherwise.
        var codes: Int {
            let counts = Set(quantisers.map(\.codes))
            guard let count = counts.first, counts.count == 1, count <= GroupQuantiser.mostTabled else { return 0 }
            return count
        }

        /// 240 codes for each of the five groups.
        public static let standardQuantisers = [Quantiser](repeating: .scalar(levels: [8, 6, 5]), count: 5)

        /// The paper's size, about 9.6 M weights.
        public static let paper = TokeniserShape(
            size: Width(width: 256, heads: 8, hidden: 1024), layers: [3, 3, 3, 3])

        /// The sizes in a file: of a listener's tokeniser, or of one for reconstruction alone.
        init(_ file: WeightFile, kind: String = "sfms-tokeniser") throws {
            try file.requireKind(kind)
            let name = try file.text("placement")
            guard let placement = Placement(rawValue: name) else {
                throw Error.unknownPlacement(path: file.path, found: name)
            }
            self.init(
                size: try Width(file), layers: try file.integers("layers", count: 4),
                quantisers: try file.quantisers(), placement: placement,
                keyframes: try file.integer("keyframes", in: 1...48),
                maskReach: try file.integer("mask_reach", in: 1...47),
                window: try file.integer("window", in: 9...256),
                chooserWidth: try file.integer("chooser_dim", in: 2...1024))
        }
    }

    /// What a predictor hears of the speaker: frames of sound, 25 a second.
    public struct Hearing: Sendable, Equatable {
        /// Columns of a frame.
        public var columns: Int
        /// What they are, by name: `log-mel-64x4` is what Mien itself makes of a voice.
        public var kind: String
        /// Frames of the causal convolution that makes a token: its own and some before.
        public var kernel: Int
        /// Frames that one token of sound covers, a multiple of the face's.
        public var patch: Int
        /// Layers of sound, beside the last of the face's.
        public var layers: Int

        public init(columns: Int, kind: String, kernel: Int = 6, patch: Int = 4, layers: Int = 1) {
            self.columns = columns
            self.kind = kind
            self.kernel = kernel
            self.patch = patch
            self.layers = layers
        }

        /// What a file says; nil where it says nothing, or no columns.
        init?(_ file: WeightFile) throws {
            guard file.metadata["audio_features"] != nil else { return nil }
            let columns = try file.integer("audio_features", in: 0...4096)
            guard columns > 0 else { return nil }
            self.init(
                columns: columns, kind: try file.text("audio_kind"),
                kernel: try file.integer("audio_kernel", in: 1...40),
                patch: try file.integer("audio_patch", in: 1...40),
                layers: try file.integer("audio_layers", in: 1...64))
        }
    }

    /// The sizes of a predictor (spec §2.3).
    public struct PredictorShape: Sendable, Equatable {
        public var size: Width
        /// Layers of the speaker encoder, listener encoder, fusion encoder and decoder.
        public var layers: [Int]
        /// Frames that one history token covers.
        public var patch: Int
        /// Whether each row of a block sees the row before (as shipped) or all are decoded at once (as in the paper).
        public var isSequential: Bool
        /// Frames of listener and of speaker history.
        public var past: Int
        /// Rows of a block.
        public var hop: Int
        /// What it hears of the speaker; nil for a predictor that only sees.
        public var hearing: Hearing?

        public init(
            size: Width, layers: [Int], patch: Int, isSequential: Bool, past: Int = 40, hop: Int = 8,
            hearing: Hearing? = nil
        ) {
            self.size = size
            self.layers = layers
            self.patch = patch
            self.isSequential = isSequential
            self.past = past
            self.hop = hop
            self.hearing = hearing
        }

        /// Whether the tokens of sound lie beside whole tokens of the face and fill the past.
        private var hearingFits: Bool {
            hearing.map {
                $0.patch.isMultiple(of: patch) && past.isMultiple(of: $0.patch) && $0.kernel >= $0.patch
                    && $0.layers <= layers[0]
            } ?? true
        }

        /// The paper's size, about 10 M weights.
        public static let paper = PredictorShape(
            size: Width(width: 256, heads: 8, hidden: 1024), layers: [2, 2, 3, 3], patch: 1, isSequential: false)

        init(_ file: WeightFile) throws {
            try file.requireKind("sfms-predictor")
            self.init(
                size: try Width(file), layers: try file.integers("layers", count: 4),
                patch: try file.integer("patch", in: 1...40), isSequential: try file.text("rows") == "sequential",
                past: try file.integer("past", in: 1...256), hop: try file.integer("hop", in: 1...64),
                hearing: try Hearing(file))
            let needed = (SpeakerResponse.lags.max() ?? 0) + 1
            guard past >= needed else { throw Error.pastTooShort(path: file.path, found: past, needed: needed) }
            if let hearing, !hearingFits {
                throw Error.badHearing(path: file.path, found: hearing.patch, patch: patch, past: past)
            }
        }
    }
}

extension SFMS.Width {
    fileprivate init(_ file: WeightFile) throws {
        self.init(
            width: try file.integer("dim", in: 2...4096), heads: try file.integer("heads", in: 1...64),
            hidden: try file.integer("ff", in: 1...16384))
        guard width.isMultiple(of: heads), width.isMultiple(of: 2) else {
            throw SFMS.Error.indivisible(path: file.path, width: width, heads: heads)
        }
    }
}

extension SFMS.TokeniserShape.Quantiser {
    /// How many codes there are; `Int.max` where there are more than that.
    var codes: Int {
        switch self {
        case .scalar(let levels): FiniteScalarQuantiser(levels: levels).count
        case .vector(let codes, _): codes
        }
    }

    /// Bits of one code.
    var bits: Double {
        switch self {
        case .scalar(let levels): FiniteScalarQuantiser(levels: levels).bits
        case .vector(let codes, _): PortableMath.log(Double(codes)) / PortableMath.log(2)
        }
    }
}

extension WeightFile {
    /// Each group's quantiser: `levels` is a JSON list of lists, and an empty one is a codebook of `codebook` vectors.
    fileprivate func quantisers() throws -> [SFMS.TokeniserShape.Quantiser] {
        let value = try text("levels")
        let lists = (try? JSONDecoder().decode([[Int]].self, from: Data(value.utf8))) ?? []
        guard !lists.isEmpty, lists.count <= 58, lists.joined().allSatisfy((2...256).contains) else {
            throw SFMS.Error.badLevels(path: path, found: String(value.prefix(60)))
        }
        return try lists.map { levels in
            guard levels.isEmpty else { return .scalar(levels: levels) }
            return .vector(
                codes: try integer("codebook", in: 2...4096), dimensions: try integer("codebook_dim", in: 1...64))
        }
    }

    /// A metadata value that is a JSON list of whole numbers.
    fileprivate func integers(_ key: String, count: Int, in range: ClosedRange<Int> = 1...64) throws -> [Int] {
        let value = try text(key)
        let numbers = (try? JSONDecoder().decode([Int].self, from: Data(value.utf8))) ?? []
        guard numbers.count == count, numbers.allSatisfy(range.contains) else {
            throw SFMS.Error.badList(path: path, key: key, found: value, count: count, range: range)
        }
        return numbers
    }
}
