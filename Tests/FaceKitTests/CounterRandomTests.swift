import Foundation
import Testing

@testable import FaceKit

@Suite struct CounterRandomTests {
    /// Random123's `kat_vectors`, philox4x32-10.
    @Test func philoxGivesThePublishedVectors() {
        #expect(
            CounterRandom.philox(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
                == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
        #expect(
            CounterRandom.philox(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
                == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
        #expect(
            CounterRandom.philox(
                counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
                key: SIMD2(0xA409_3822, 0x299F_31D0)) == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test func drawsDependOnEveryPartOfTheKey() {
        let base = CounterRandom(seed: 1, system: .suhmo, stream: 2).bits(frame: 3, draw: 4)
        let others = [
            CounterRandom(seed: 2, system: .suhmo, stream: 2).bits(frame: 3, draw: 4),
            CounterRandom(seed: 1 + (1 << 32), system: .suhmo, stream: 2).bits(frame: 3, draw: 4),
            CounterRandom(seed: 1, system: .sfms, stream: 2).bits(frame: 3, draw: 4),
            CounterRandom(seed: 1, system: .suhmo, stream: 3).bits(frame: 3, draw: 4),
            CounterRandom(seed: 1, system: .suhmo, stream: 2).bits(frame: 4, draw: 4),
            CounterRandom(seed: 1, system: .suhmo, stream: 2).bits(frame: 3, draw: 5),
        ]
        #expect(!others.contains(base))
        #expect(Set(others).count == others.count)
    }

    /// Published quantiles of the normal distribution (NIST; AS 241's own test values).
    @Test(
        arguments: [
            (0.25, -0.6744897501960817), (0.001, -3.090232306167814), (1e-20, -9.262340089798408), (0.5, 0),
            (0.975, 1.959963984540054), (0.9, 1.2815515655446004),
        ])
    func normalQuantilesAreThePublishedOnes(p: Double, z: Double) {
        #expect(abs(CounterRandom.normalQuantile(p) - z) <= 1e-15 * max(abs(z), 1) * 4)
    }

    @Test func normalNumbersHaveTheMomentsOfTheNormalDistribution() {
        let random = CounterRandom(seed: 11, system: .test)
        let count = 40_000
        var moments = [Double](repeating: 0, count: 5)
        for draw in 0..<count {
            let x = Double(random.normal(frame: 1, draw: UInt32(draw)))
            var power = 1.0
            for i in 0..<5 {
                moments[i] += power / Double(count)
                power *= x
            }
        }
        // Four standard errors of each: √(1/n), √(2/n), √(15/n), √(96/n).
        let root = Double(count).squareRoot()
        #expect(abs(moments[1]) < 4 / root)
        #expect(abs(moments[2] - 1) < 4 * 1.415 / root)
        #expect(abs(moments[3]) < 4 * 3.873 / root)
        #expect(abs(moments[4] - 3) < 4 * 9.8 / root)
    }

    @Test func gumbelNumbersHaveTheirMean() {
        let random = CounterRandom(seed: 12, system: .test)
        let count = 20_000
        let mean = (0..<count).reduce(0.0) { $0 + Double(random.gumbel(frame: 0, draw: UInt32($1))) } / Double(count)
        // The mean is Euler's constant, the deviation π/√6.
        #expect(abs(mean - 0.5772156649) < 4 * 1.2825 / Double(count).squareRoot())
    }

    @Test func uniformNumbersFillTheUnitIntervalEvenly() {
        let random = CounterRandom(seed: 13, system: .test)
        var bins = [Int](repeating: 0, count: 16)
        for draw in 0..<16_000 {
            let x = random.uniform(frame: 2, draw: UInt32(draw))
            #expect(x >= 0 && x < 1)
            bins[Int(x * 16)] += 1
        }
        let chiSquare = bins.reduce(0.0) { $0 + pow(Double($1) - 1000, 2) / 1000 }
        // 15 degrees of freedom: above 37.7 once in a thousand seeds.
        #expect(chiSquare < 37.7)
    }
}
