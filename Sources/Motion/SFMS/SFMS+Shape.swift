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

    /// The sizes of a tokeniser (spec §2.2).
    public struct TokeniserShape: Sendable, Equatable {
        public var size: Width
        /// Layers of the logit encoder, keyframe encoder, transition encoder and decoder.
        public var layers: [Int]
        /// Levels of each quantised number; a code is one of their product.
        public var levels: [Int]
        /// Keyframes of each group that the chooser keeps in a window (k).
        public var keyframes: Int
        /// How many frames to each side the transition encoder sees of the masks (w).
        public var maskReach: Int
        /// Frames of a window (T).
        public var window: Int

        public init(
            size: Width, layers: [Int], levels: [Int] = [8, 6, 5], keyframes: Int = 10, maskReach: Int = 8,
            window: Int = 48
        ) {
            self.size = size
            self.layers = layers
            self.levels = levels
            self.keyframes = keyframes
            self.maskReach = maskReach
            self.window = window
        }

        /// The paper's size, about 9.6 M weights.
        public static let paper = TokeniserShape(
            size: Width(width: 256, heads: 8, hidden: 1024), layers: [3, 3, 3, 3])

        /// How many codes there are.
        public var codes: Int { levels.reduce(1, *) }

        init(_ file: WeightFile) throws {
            try file.requireKind("sfms-tokeniser")
            self.init(
                size: try Width(file), layers: try file.integers("layers", count: 4),
                levels: try file.integers("levels", count: 3, in: 2...64),
                keyframes: try file.integer("keyframes", in: 1...48),
                maskReach: try file.integer("mask_reach", in: 1...47),
                window: try file.integer("window", in: 9...256))
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

        public init(
            size: Width, layers: [Int], patch: Int, isSequential: Bool, past: Int = 40, hop: Int = 8
        ) {
            self.size = size
            self.layers = layers
            self.patch = patch
            self.isSequential = isSequential
            self.past = past
            self.hop = hop
        }

        /// The paper's size, about 10 M weights.
        public static let paper = PredictorShape(
            size: Width(width: 256, heads: 8, hidden: 1024), layers: [2, 2, 3, 3], patch: 1, isSequential: false)

        init(_ file: WeightFile) throws {
            try file.requireKind("sfms-predictor")
            self.init(
                size: try Width(file), layers: try file.integers("layers", count: 4),
                patch: try file.integer("patch", in: 1...40), isSequential: try file.text("rows") == "sequential",
                past: try file.integer("past", in: 1...256), hop: try file.integer("hop", in: 1...64))
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

extension WeightFile {
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
