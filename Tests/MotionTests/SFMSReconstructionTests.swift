import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// Tracks through keyframes and codes and back.
@Suite struct SFMSReconstructionTests {
    private func shipped() throws -> SFMS.Reconstructor {
        try SFMS.Reconstructor(WeightFile(path: SFMSGolden.models + "/sfms-keyframes.safetensors"))
    }

    /// A smile that turns at some frames and moves in straight lines between them; all else is at rest.
    private func smile(frames: Int, turns: [(frame: Int, value: Float)]) -> Matrix {
        var out = Matrix(rows: frames, columns: 58)
        for (from, to) in zip(turns, turns.dropFirst()) {
            for frame in from.frame...min(to.frame, frames - 1) {
                let share = Float(frame - from.frame) / Float(to.frame - from.frame)
                let value = from.value + (to.value - from.value) * share
                out[frame, Blendshape.mouthSmileLeft.rawValue] = value
                out[frame, Blendshape.mouthSmileRight.rawValue] = value
            }
        }
        return out
    }

    private let broken: [(frame: Int, value: Float)] = [(0, 0.1), (9, 0.1), (14, 0.6), (33, 0.5), (38, 0.1), (47, 0.1)]

    @Test func exactKeyframesAreWhereALineBreaks() {
        let paths = KeyframePaths(smile(frames: 48, turns: broken), channels: [Blendshape.mouthSmileLeft.rawValue])
        #expect(paths.best(4) == [9, 14, 33, 38])  // the ends are held
    }

    /// Every set of three frames of twelve is tried: no other loses less once its frames are rounded to halves.
    @Test(arguments: [UInt32(1), 2, 3, 4]) func codedKeyframesLoseLeastOfAllSets(seed: UInt32) {
        let random = CounterRandom(seed: UInt64(seed), system: .test)
        var window = Matrix(rows: 12, columns: 1)
        for frame in 1..<12 {
            window[frame, 0] = window[frame - 1, 0] + random.uniform(frame: UInt32(frame), draw: 0) * 2 - 1
        }
        var knots = window
        for frame in 0..<12 { knots[frame, 0] = (window[frame, 0] * 2).rounded() / 2 }
        func lost(_ keys: [Int]) -> Float {
            (0..<12).reduce(0) { sum, frame in
                let before = keys.last { $0 <= frame } ?? keys[0]
                let after = keys.first { $0 >= frame } ?? keys[keys.count - 1]
                let share = after > before ? Float(frame - before) / Float(after - before) : 0
                let off = knots[before, 0] * (1 - share) + knots[after, 0] * share - window[frame, 0]
                return sum + off * off
            }
        }
        var least = Float.infinity
        for a in 0..<10 {
            for b in a + 1..<11 {
                for c in b + 1..<12 { least = min(least, lost([a, b, c])) }
            }
        }
        let found = KeyframePaths(window, channels: [0], knots: knots).best(3)
        #expect(abs(lost(found) - least) < 1e-5)
    }

    @Test(arguments: [(1, [0]), (2, [0, 47]), (3, [0, 24, 47]), (7, [0, 8, 16, 24, 31, 39, 47])])
    func evenKeyframesHoldBothEnds(k: Int, places: [Int]) {
        #expect(KeyframePaths.even(k, of: 48) == places)
    }

    @Test func picksThatDiscourageTheirNeighboursSpread() {
        let scores: [Float] = [0, 3, 2.9, 2, 0.5]
        #expect(KeyframePaths.picks(2, scores: scores, discouragement: []) == [1, 2])
        #expect(KeyframePaths.picks(2, scores: scores, discouragement: [-2]) == [1, 3])
    }

    @Test func bitsCountTheCodesAndTheMask() throws {
        // Per window of 48 frames: 5 groups, 10 codes of log2 240 bits each, and log2 C(48, 10) = log2 6540715896.
        let tokeniser = try SFMSGolden.tokeniser("small")
        let model = SFMS.Reconstructor(tokeniser)
        let (codes, places) = model.bitsPerSecond(SFMS.Reconstructor.Choice(keyframes: 10, placement: .exact))
        #expect(abs(codes - 5 * 10 * 7.906891 * 25 / 48) < 1e-3)
        #expect(abs(places - 5 * 32.606791 * 25 / 48) < 1e-3)
        let even = model.bitsPerSecond(SFMS.Reconstructor.Choice(keyframes: 10, placement: .even))
        #expect(even.places == 0 && even.codes == codes)
        let dense = model.bitsPerSecond(SFMS.Reconstructor.Choice(keyframes: 3, placement: .dense))
        #expect(abs(dense.codes - 5 * 7.906891 * 25) < 1e-3 && dense.places == 0)
    }

    @Test func theLastWindowEndsWithTheTrack() throws {
        let result = try shipped()(smile(frames: 100, turns: broken), try shipped().standard)
        #expect(result.windows == [0, 48, 52])
        #expect(result.made.rows == 100)
    }

    @Test func placedKeyframesLoseLessThanHalfOfWhatEvenOnesDo() throws {
        let model = try shipped()
        let track = smile(frames: 96, turns: broken + [(57, 0.4), (62, 0.4), (75, 0), (95, 0)])
        func error(_ placement: SFMS.Placement) -> Double {
            let result = model(track, SFMS.Reconstructor.Choice(keyframes: 5, placement: placement))
            return model.errors(result, channels: [Blendshape.mouthSmileLeft.rawValue]).reduce(0, +) / 96
        }
        #expect(error(.exact) < error(.even) / 2)
    }
}
