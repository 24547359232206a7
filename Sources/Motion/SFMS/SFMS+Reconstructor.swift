import FaceKit
import Foundation
import Inference

extension SFMS {
    /// A track to keyframes and codes, and back: what the sparse structure keeps of a motion.
    ///
    /// A track is cut into windows; the last one ends with the track and overlaps its neighbour. `mien reconstruct` prints
    /// what this measures.
    public struct Reconstructor: Sendable {
        public let tokeniser: Tokeniser
        public let frameRate: Double
        /// The groups' names, in order.
        public let groupNames: [String]
        private let mean: [Float]
        private let deviation: [Float]

        /// Where the keyframes are and how many.
        public struct Choice: Sendable, Equatable {
            public var keyframes: Int
            public var placement: Placement

            public init(keyframes: Int, placement: Placement) {
                self.keyframes = keyframes
                self.placement = placement
            }
        }

        /// A track that was taken apart and put together again.
        public struct Result: Sendable {
            /// The 58 numbers of each frame as they were and as they came back, SI units.
            public let frames: Matrix
            public let made: Matrix
            /// First frames of the windows, in order.
            public let windows: [Int]
            /// Frames of the track that are keyframes of each group, in order; where windows overlap, those of both.
            public let keyframes: [[Int]]
        }

        /// A tokeniser with standardised channels and no names, for tests.
        init(_ tokeniser: Tokeniser, frameRate: Double = 25) {
            self.tokeniser = tokeniser
            self.frameRate = frameRate
            groupNames = tokeniser.groups.map { FaceChannel.names[$0.first ?? 0] }
            mean = [Float](repeating: 0, count: 58)
            deviation = [Float](repeating: 1, count: 58)
        }

        /// The tokeniser of a weight file: one made for reconstruction, or a listener's.
        public init(_ file: WeightFile) throws {
            let isListeners = file.metadata["mien.kind"] == "sfms-tokeniser"
            (tokeniser, mean, deviation) = try Tokeniser.read(
                file, kind: isListeners ? "sfms-tokeniser" : "sfms-keyframes")
            frameRate = try SFMS.frameRate(file)
            let names = (try? JSONDecoder().decode([String].self, from: Data(file.text("group_names").utf8))) ?? []
            groupNames =
                names.count == tokeniser.groups.count
                ? names : tokeniser.groups.map { FaceChannel.names[$0.first ?? 0] }
        }

        /// The placement and number of keyframes that the weights were made for.
        public var standard: Choice {
            Choice(keyframes: tokeniser.shape.keyframes, placement: tokeniser.shape.placement)
        }

        /// Bits a second of whole windows: of the codes, and of saying which frames have one, log₂ C(T, k) a group and
        /// window; evenly spaced and dense keyframes need none for that.
        public func bitsPerSecond(_ choice: Choice) -> (codes: Double, places: Double) {
            let shape = tokeniser.shape
            let k = choice.placement == .dense ? shape.window : min(choice.keyframes, shape.window)
            let windowsPerSecond = frameRate / Double(shape.window)
            let codes = shape.quantisers.reduce(0) { $0 + $1.bits } * Double(k) * windowsPerSecond
            guard choice.placement != .dense, choice.placement != .even else { return (codes, 0) }
            let ways = (lgamma(Double(shape.window + 1)) - lgamma(Double(k + 1)) - lgamma(Double(shape.window - k + 1)))
            return (codes, ways / log(2) * Double(tokeniser.groups.count) * windowsPerSecond)
        }

        /// The frames [T, 58] of a track in SI units, T at least a window, through keyframes and codes.
        public func callAsFunction(_ frames: Matrix, _ choice: Choice) -> Result {
            let window = tokeniser.shape.window
            precondition(frames.rows >= window, "a track has at least one window")
            var starts = Array(stride(from: 0, through: frames.rows - window, by: window))
            if let last = starts.last, last + window < frames.rows { starts.append(frames.rows - window) }
            var made = Matrix(rows: frames.rows, columns: 58)
            var keyframes = [[Int]](repeating: [], count: tokeniser.groups.count)
            var workspace = tokeniser.makeWorkspace()
            var done = 0
            for start in starts {
                let (dense, mask) = tokeniser.reconstruct(standardised(frames, start, window), choice, &workspace)
                for row in done - start..<window {
                    for channel in 0..<58 {
                        let natural = dense[row, channel] * deviation[channel] + mean[channel]
                        made[start + row, channel] =
                            channel < Blendshape.count ? min(max(natural, 0), 1) : natural
                    }
                }
                for group in keyframes.indices {
                    keyframes[group] += (0..<window).filter { mask.isKey($0, group) }.map { start + $0 }
                }
                done = start + window
            }
            return Result(
                frames: frames, made: made, windows: starts, keyframes: keyframes.map { Set($0).sorted() })
        }

        private func standardised(_ frames: Matrix, _ start: Int, _ count: Int) -> Matrix {
            var out = Matrix(rows: count, columns: 58)
            for row in 0..<count {
                for channel in 0..<58 {
                    out[row, channel] = (frames[start + row, channel] - mean[channel]) / deviation[channel]
                }
            }
            return out
        }

        /// Squared error of each frame [T] in units of the channels' deviations, mean over some channels.
        public func errors(_ result: Result, channels: [Int]) -> [Double] {
            (0..<result.frames.rows).map { row in
                let sum = channels.reduce(0.0) { sum, channel in
                    let off = Double((result.made[row, channel] - result.frames[row, channel]) / deviation[channel])
                    return sum + off * off
                }
                return sum / Double(max(channels.count, 1))
            }
        }
    }
}

extension SFMS.Tokeniser {
    /// One window of standardised frames through keyframes and codes.
    func reconstruct(
        _ window: Matrix, _ choice: SFMS.Reconstructor.Choice, _ workspace: inout TransformerWorkspace
    ) -> (dense: Matrix, mask: KeyframeMask) {
        let groups = self.groups.count
        let tables = quantisers.map { $0.table(ofFrames: window) }
        let mask = mask(window, k: choice.keyframes, placement: choice.placement, tables: tables)
        let tokens = (0..<window.rows * groups).map { mask.isKey($0 / groups, $0 % groups) ? $0 / groups + 1 : 0 }
        return (inpaint(tokens, tables: tables, &workspace), mask)
    }
}
