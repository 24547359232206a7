import Actuation
import Testing

@Suite struct MonotoneFitTests {
    /// Pulse (µs) and shaft angle (°) of a hobby servo by an optical encoder (protocol facts, section 1.9).
    static let measured: [(Double, Double)] = [
        (570, 78.60), (670, 66.00), (770, 57.00), (870, 44.70), (970, 36.45), (1070, 26.55), (1170, 17.25),
        (1270, 8.55), (1370, -0.30), (1470, -9.60), (1570, -17.55), (1670, -26.70), (1770, -34.65), (1870, -43.20),
        (1970, -51.45), (2070, -60.60), (2170, -69.00), (2240, -75.15),
    ]

    private var samples: [(input: Double, output: Double)] { Self.measured.map { ($0, $1) } }

    @Test func sevenPointsFitAMeasuredServoWithinTheirPublishedError() throws {
        let fit = try MonotoneFit(samples: samples, points: 7)
        #expect(fit.worstError <= 1.30)
        #expect(fit.table.inputs.count == 7)
        // The error said is the error made.
        let made = Self.measured.map { abs(fit.table($0) - $1) }.max() ?? .infinity
        #expect(abs(made - fit.worstError) < 1e-12)
        #expect(zip(fit.table.outputs, fit.table.outputs.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test(arguments: [(3, 4.31), (5, 2.29)]) func fewerPointsFitNoWorseThanPublished(_ expected: (Int, Double)) throws {
        #expect(try MonotoneFit(samples: samples, points: expected.0).worstError <= expected.1)
    }

    /// A straight line is met exactly by any table of its points.
    @Test func aStraightLineIsMetExactly() throws {
        let fit = try MonotoneFit(samples: (0...20).map { (Double($0), 3 - 2 * Double($0)) })
        #expect(fit.worstError < 1e-6)
    }

    @Test func outputsThatTurnBackGiveAMonotoneTableAllTheSame() throws {
        let noisy = (0...20).map { index -> (input: Double, output: Double) in
            let noise = index % 2 == 0 ? 1.5 : -1.5
            return (Double(index), Double(index) + noise)
        }
        let fit = try MonotoneFit(samples: noisy)
        #expect(zip(fit.table.outputs, fit.table.outputs.dropFirst()).allSatisfy { $0 < $1 })
        #expect(fit.worstError < 3)
    }

    @Test func whatCannotBeFittedIsRefused() {
        #expect(throws: MonotoneFit.Failure.tooFewSamples(found: 2, needed: 7)) {
            try MonotoneFit(samples: [(0, 0), (1, 1)])
        }
        #expect(throws: MonotoneFit.Failure.flat) { try MonotoneFit(samples: (0..<9).map { (Double($0), 1) }) }
        #expect(throws: MonotoneFit.Failure.notFinite) {
            try MonotoneFit(samples: (0..<9).map { (Double($0), $0 == 4 ? .nan : 1) })
        }
    }
}
