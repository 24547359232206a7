import FaceKit
import Testing

@testable import Inference

@Suite struct SamplingTests {
    let file: WeightFile

    init() throws { file = try golden("blocks") }

    @Test(arguments: [("240", [8, 6, 5]), ("256", [4, 4, 4, 4])])
    func quantisersGiveTheCodesOfPyTorch(name: String, levels: [Int]) throws {
        let quantiser = FiniteScalarQuantiser(levels: levels)
        var z = try file.matrix("fsq.\(name).z")
        let codes = try file.tensor("fsq.\(name).code").values.map { Int($0) }
        for row in 0..<z.rows { #expect(z.withRow(row, quantiser.encode) == codes[row]) }
        let values = try file.matrix("fsq.\(name).values")
        for row in 0..<z.rows {
            var decoded = Matrix(rows: 1, columns: levels.count)
            decoded.withMutableRow(0) { quantiser.decode(codes[row], into: $0) }
            #expect(relativeError(decoded.values, values.withRow(row) { Array($0) }) < 1e-6)
        }
        quantiser.quantise(&z)
        #expect(relativeError(z, values) < 1e-6)
    }

    @Test(arguments: [[8, 6, 5], [4, 4, 4, 4], [8, 5, 5, 5]])
    func everyCodeSurvivesTheRoundTrip(levels: [Int]) {
        let quantiser = FiniteScalarQuantiser(levels: levels)
        #expect(quantiser.count == [240, 256, 1000][levels.count == 3 ? 0 : levels[0] == 4 ? 1 : 2])
        var values = Matrix(rows: 1, columns: levels.count)
        for code in 0..<quantiser.count {
            values.withMutableRow(0) { quantiser.decode(code, into: $0) }
            #expect(values.values.allSatisfy { (-1...1).contains($0) })
            // The number whose squashed and rounded form is the value, by hand: atanh((level + offset)/half) − shift.
            let z = zip(values.values, levels).map { value, count -> Float in
                let half = Double(count - 1) * 1.001 / 2
                let offset = count.isMultiple(of: 2) ? 0.5 : 0.0
                func atanh(_ x: Double) -> Double { 0.5 * PortableMath.log((1 + x) / (1 - x)) }
                let level = Double(value) * Double(count / 2)
                return Float(atanh((level + offset) / half) - atanh(offset / half))
            }
            #expect(z.withUnsafeBufferPointer(quantiser.encode) == code)
        }
    }

    @Test func aQuantiserTakesAnyNumber() {
        let quantiser = FiniteScalarQuantiser()
        for bad in [Float.nan, .infinity, -.infinity, 3e38] {
            let code = [bad, bad, bad].withUnsafeBufferPointer(quantiser.encode)
            #expect((0..<240).contains(code))
        }
    }

    @Test(arguments: [("plain", 1, 1), ("l2l", 0.7, 0.9), ("greedy", 0, 0.9)] as [(String, Float, Float)])
    func drawsAreThoseOfThePythonTwin(name: String, temperature: Float, nucleus: Float) throws {
        let logits = try file.matrix("sampler.logits")
        let uniform = try file.tensor("sampler.uniform").values
        let expected = try file.tensor("sampler.\(name)").values.map { Int($0) }
        var sampler = CategoricalSampler(classes: logits.columns)
        let found = (0..<logits.rows).map { row in
            logits.withRow(row) {
                sampler.sample($0, temperature: temperature, nucleus: nucleus, uniform: uniform[row])
            }
        }
        #expect(found == expected)
    }

    @Test func aNucleusLeavesOutTheUnlikely() {
        // Probabilities ½, ¼, ⅛, ⅛: a nucleus of 0.7 holds the first two, in the ratio 2 : 1.
        let logits: [Float] = [3, 2, 1, 1].map { Float(PortableMath.log(2)) * $0 }
        var sampler = CategoricalSampler(classes: 4)
        let draws = stride(from: Float(0), to: 1, by: 0.01).map { uniform in
            logits.withUnsafeBufferPointer { sampler.sample($0, nucleus: 0.7, uniform: uniform) }
        }
        #expect(Set(draws) == [0, 1])
        #expect((66...67).contains(draws.count { $0 == 0 }))
    }

    @Test func logitsThatAreNotFiniteAreNeverDrawn() {
        let random = CounterRandom(seed: 4, system: .test)
        var sampler = CategoricalSampler(classes: 4)
        for draw in 0..<200 {
            let uniform = random.uniform(frame: 0, draw: UInt32(draw))
            let logits: [Float] = [.nan, 0, -.infinity, .infinity]
            #expect(logits.withUnsafeBufferPointer { sampler.sample($0, uniform: uniform) } == 1)
        }
        let none = [Float](repeating: .nan, count: 4)
        #expect(none.withUnsafeBufferPointer { sampler.sample($0, uniform: 0.5) } == 0)
    }

    @Test func randomNumbersAreThoseOfThePythonTwinBitForBit() throws {
        let random = CounterRandom(seed: 0x0123_4567_89AB_CDEF, system: .sfms, stream: 5)
        let draws = (0..<203).map { UInt32($0) }
        #expect(draws.map { random.uniform(frame: 9, draw: $0) } == (try file.tensor("random.uniform").values))
        #expect(draws.map { random.normal(frame: 9, draw: $0) } == (try file.tensor("random.normal").values))
        #expect(draws.map { random.gumbel(frame: 9, draw: $0) } == (try file.tensor("random.gumbel").values))
        var all: [Float] = []
        random.forEachUniform(frame: 9, count: 203) { _, uniform in all.append(uniform) }
        #expect(all == (try file.tensor("random.uniform").values))
    }

    @Test func randomWeightsAreThoseOfThePythonTwinBitForBit() throws {
        let weights = RandomWeights(seed: 42)
        #expect(weights.tensor("block.weight", shape: [7, 9]).values == (try file.tensor("random.matrix").values))
        #expect(weights.tensor("norm.weight", shape: [9]).values == (try file.tensor("random.scale").values))
        #expect(weights.tensor("norm.bias", shape: [9]).values == (try file.tensor("random.bias").values))
    }
}
