import Foundation
import Testing

@testable import Actuation

@Suite struct MonotoneCubicTests {
    private struct Golden: Decodable {
        let x, y, at, value: [Double]
    }

    @Test func theCurveIsSciPysPCHIP() throws {
        let path = Bundle.module.bundlePath + "/Golden/monotone_cubic.json"
        let curves = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(curves.count == 8)
        for golden in curves {
            let curve = try #require(MonotoneCubic(inputs: golden.x, outputs: golden.y))
            let scale = golden.value.map(abs).max() ?? 1
            for (x, expected) in zip(golden.at, golden.value) {
                #expect(abs(curve(x) - expected) <= 1e-12 * scale, "at \(x)")
            }
        }
    }

    @Test func beyondTheEndsTheEndValueHoldsAndNaNStaysNaN() throws {
        let curve = try #require(MonotoneCubic(inputs: [0, 1, 3], outputs: [5, 4, 1]))
        #expect(curve(-9) == 5)
        #expect(curve(99) == 1)
        #expect(curve(.nan).isNaN)
        #expect(curve(.infinity) == 1)
    }

    @Test func pointsThatMakeNoCurveAreRefused() {
        #expect(MonotoneCubic(inputs: [0], outputs: [0]) == nil)
        #expect(MonotoneCubic(inputs: [0, 0], outputs: [0, 1]) == nil)
        #expect(MonotoneCubic(inputs: [0, 1], outputs: [0, .nan]) == nil)
        #expect(MonotoneCubic(inputs: [0, 1], outputs: [0]) == nil)
    }
}
