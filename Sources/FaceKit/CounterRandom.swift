/// A counter-based random generator (Philox 4×32-10): every draw is a pure function of its key.
///
/// The key is (seed, system, stream, frame, draw), so a model's draw does not depend on who else drew, and a session can
/// be replayed from any frame. `Training/mien_training/counter_random.py` is its bit-exact twin. Source: Salmon, Moraes,
/// Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
public struct CounterRandom: Sendable {
    /// Who draws. The raw values are part of every replay: never renumber.
    public enum System: UInt32, Sendable {
        case test = 0
        case suhmo = 1
        case sfms = 2
        case regnn = 3
        case cteg = 4
        case fourDFM = 5
        case behaviour = 6
        case simulator = 7
        case telemetry = 8
    }

    private let key: SIMD2<UInt32>
    private let system: UInt32
    private let stream: UInt32

    /// A generator for one system and one of its streams (a restart, a channel group, an utterance).
    public init(seed: UInt64, system: System, stream: UInt32 = 0) {
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        self.system = system.rawValue
        self.stream = stream
    }

    /// 32 random bits for a draw of a frame.
    public func bits(frame: UInt32, draw: UInt32) -> UInt32 {
        let block = Self.philox(counter: SIMD4(draw >> 2, frame, stream, system), key: key)
        return block[Int(draw & 3)]
    }

    /// A uniform number in [0, 1) with 24 bits.
    public func uniform(frame: UInt32, draw: UInt32) -> Float {
        Float(bits(frame: frame, draw: draw) >> 8) * 0x1p-24
    }

    /// The uniform numbers of draws 0 to `count` − 1 of a frame, four for each block of the generator.
    public func forEachUniform(frame: UInt32, count: Int, _ body: (_ draw: Int, _ uniform: Float) -> Void) {
        var draw = 0
        while draw < count {
            let block = Self.philox(counter: SIMD4(UInt32(draw >> 2), frame, stream, system), key: key)
            for i in 0..<min(4, count - draw) { body(draw + i, Float(block[i] >> 8) * 0x1p-24) }
            draw += 4
        }
    }

    /// Ten Philox rounds over a 128-bit counter and a 64-bit key.
    static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for round in 0..<10 {
            if round > 0 { k &+= SIMD2(0x9E37_79B9, 0xBB67_AE85) }
            let p0 = UInt64(c[0]) * 0xD251_1F53
            let p1 = UInt64(c[2]) * 0xCD9E_8D57
            c = SIMD4(
                UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k[0], UInt32(truncatingIfNeeded: p1),
                UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k[1], UInt32(truncatingIfNeeded: p0))
        }
        return c
    }
}
