import CAllocationCounter
import FaceKit
import Foundation
import Inference
import Testing

@testable import Actuation

@Suite struct NearestFaceTests {
    private static func effect(_ shape: Blendshape, _ amount: Double) -> FaceEffects.Effect {
        .init(channel: FaceChannel(shape), amount: amount)
    }

    private static func face(_ set: [Blendshape: Float]) -> FaceChannels {
        var face = FaceChannels()
        for (shape, value) in set { face[FaceChannel(shape)] = value }
        return face
    }

    private static func solve(_ solver: inout NearestFace, _ face: FaceChannels) -> Bool { solver.solve(face) }

    private static let corner = NearestFace.Actuator(
        effects: .init(above: [effect(.mouthSmileLeft, 1)], below: [effect(.mouthFrownLeft, 0.5)]), inputs: -1...1)

    @Test func eachSideOfAnActuatorShowsItsOwnCoefficient() {
        var solver = NearestFace([Self.corner])
        #expect(Self.solve(&solver, Self.face([.mouthSmileLeft: 0.5])))
        #expect(abs(solver.input(0) - 0.5) < 0.002)
        #expect(Self.solve(&solver, Self.face([.mouthFrownLeft: 0.25])))
        #expect(abs(solver.input(0) + 0.5) < 0.005)
    }

    @Test func nothingIsAskedBeyondAnActuatorsEnd() {
        var solver = NearestFace([Self.corner])
        #expect(Self.solve(&solver, Self.face([.mouthFrownLeft: 1])))
        #expect(solver.input(0) == -1)
    }

    @Test func twoActuatorsShareWhatBothShow() {
        // Both show jawOpen, by 1 and ½; the nearest way with a ridge is in proportion to their effects: 0.8 and 0.4.
        let both = [1, 0.5].map { amount in
            NearestFace.Actuator(
                effects: .init(above: [Self.effect(.jawOpen, amount)], below: []), inputs: 0...1)
        }
        var solver = NearestFace(both)
        #expect(Self.solve(&solver, Self.face([.jawOpen: 1])))
        #expect(abs(solver.input(0) - 0.8) < 0.01)
        #expect(abs(solver.input(1) - 0.4) < 0.01)
    }

    @Test func aCoefficientThatNobodyShowsIsShownByWhatLooksLikeIt() {
        // A squint that has six tenths of the look of a raised cheek.
        var weights = FaceMetric.coefficients.weights
        let (squint, cheek) = (Blendshape.eyeSquintLeft.rawValue, Blendshape.cheekSquintLeft.rawValue)
        weights[squint * FaceEffects.channelCount + cheek] = 0.6
        weights[cheek * FaceEffects.channelCount + squint] = 0.6
        let raiser = NearestFace.Actuator(
            effects: .init(above: [Self.effect(.cheekSquintLeft, 1)], below: []), inputs: 0...1)
        var solver = NearestFace([raiser], metric: FaceMetric(weights: weights))
        #expect(Self.solve(&solver, Self.face([.eyeSquintLeft: 1])))
        #expect(abs(solver.input(0) - 0.6) < 0.002)
    }

    @Test func whatTheFaceShowsAtRestIsNotAskedForAgain() {
        var solver = NearestFace([Self.corner], rest: [Self.effect(.mouthSmileLeft, 0.2)])
        #expect(Self.solve(&solver, Self.face([.mouthSmileLeft: 0.2])))
        #expect(abs(solver.input(0)) < 0.001)
    }

    @Test func aChannelThatIsNotFiniteLeavesTheSolution() {
        var solver = NearestFace([Self.corner])
        #expect(Self.solve(&solver, Self.face([.mouthSmileLeft: 0.5])))
        let before = solver.input(0)
        #expect(!Self.solve(&solver, Self.face([.mouthSmileLeft: .nan])))
        #expect(solver.input(0) == before)
    }

    /// Every choice of sides, each solved by many sweeps of coordinate descent written here, is no better.
    @Test func noOtherChoiceOfSidesIsNearer() {
        let random = CounterRandom(seed: 4, system: .test)
        var worse = 0
        for trial in 0..<20 as Range<UInt32> {
            func draw(_ number: UInt32) -> Double { Double(random.uniform(frame: trial, draw: number)) }
            let actuators = (0..<6 as Range<UInt32>).map { index in
                let sides = (0..<2 as Range<UInt32>).map { side in
                    (0..<3 as Range<UInt32>).map { number -> FaceEffects.Effect in
                        let place = index * 20 + side * 8 + number * 2
                        return Self.effect(
                            Blendshape.allCases[Int(draw(place) * 8)], 0.2 + draw(place + 1))
                    }
                }
                return NearestFace.Actuator(effects: .init(above: sides[0], below: sides[1]), inputs: -1...1)
            }
            let wanted = (0..<8).map { draw(200 + UInt32($0)) }
            let face = Self.face(
                Dictionary(uniqueKeysWithValues: wanted.enumerated().map { (Blendshape.allCases[$0], Float($1)) }))
            var solver = NearestFace(actuators)
            _ = solver.solve(face)
            let found = Self.distance(actuators, (0..<6).map { solver.input($0) }, wanted)
            let best = (0..<64).map { Self.descend(actuators, sides: $0, wanted) }.min() ?? 0
            if found > best * 1.1 + 0.02 { worse += 1 }
        }
        // These random faces are torn everywhere, with several valleys; the deepest is found mostly.
        #expect(worse <= 4, "\(worse) of 20")
    }

    private static func shown(_ actuators: [NearestFace.Actuator], _ inputs: [Double]) -> [Double] {
        var shown = [Double](repeating: 0, count: 8)
        for (actuator, input) in zip(actuators, inputs) {
            for effect in input > 0 ? actuator.effects.above : actuator.effects.below {
                shown[effect.channel.rawValue] += abs(input) * effect.amount
            }
        }
        return shown
    }

    private static func distance(_ actuators: [NearestFace.Actuator], _ inputs: [Double], _ wanted: [Double]) -> Double
    {
        zip(shown(actuators, inputs), wanted).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    private static func descend(_ actuators: [NearestFace.Actuator], sides: Int, _ wanted: [Double]) -> Double {
        var inputs = [Double](repeating: 0, count: actuators.count)
        for _ in 0..<30 {
            for index in actuators.indices {
                let sign = sides >> index & 1 == 0 ? 1.0 : -1
                inputs[index] = 0
                let rest = zip(wanted, shown(actuators, inputs)).map { $0 - $1 }
                inputs[index] = sign
                let column = zip(shown(actuators, inputs), zip(wanted, rest)).map { $0 - ($1.0 - $1.1) }
                let size = column.reduce(0) { $0 + $1 * $1 }
                let amount = size > 0 ? zip(column, rest).reduce(0) { $0 + $1.0 * $1.1 } / size : 0
                inputs[index] = sign * min(max(amount, 0), 1)
            }
        }
        return distance(actuators, inputs, wanted)
    }

    private struct Problem: Decodable {
        /// Of each actuator, above and below: channels and amounts.
        var effects: [[[[Double]]]]
        var faces: [[Float]]
        var distances: [Double]
    }

    /// Distances by SciPy's `lsq_linear` after a search of sides from several starts (`make_nearest_face`).
    @Test func thirtyTwoActuatorsComeNearlyAsNearAsSciPysSearch() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: Bundle.module.bundlePath + "/Golden/nearest_face.json"))
        var excess: [Double] = []
        for problem in try JSONDecoder().decode([Problem].self, from: data) {
            let sides = problem.effects.map { actuator in
                actuator.map { side in
                    side.compactMap { effect in
                        FaceChannel(rawValue: Int(effect[0])).map { FaceEffects.Effect(channel: $0, amount: effect[1]) }
                    }
                }
            }
            var solver = NearestFace(
                sides.map { .init(effects: .init(above: $0[0], below: $0[1]), inputs: -1...1) })
            for (wanted, best) in zip(problem.faces, problem.distances) {
                var face = FaceChannels()
                for channel in wanted.indices { face.values[channel] = wanted[channel] }
                #expect(Self.solve(&solver, face))
                var missing = wanted.map(Double.init)
                for (index, actuator) in sides.enumerated() {
                    let input = solver.input(index)
                    #expect((-1...1).contains(input))
                    for effect in input > 0 ? actuator[0] : actuator[1] {
                        missing[effect.channel.rawValue] -= abs(input) * effect.amount
                    }
                }
                let distance = missing.enumerated().reduce(0) {
                    $0 + $1.element * $1.element * ($1.offset < FaceChannels.firstHead ? 1 : FaceMetric.headWeight)
                }
                excess.append((distance / best).squareRoot() - 1)
            }
        }
        let mean = excess.reduce(0, +) / Double(excess.count)
        #expect(mean < 0.05, "\(mean) farther than the search, which takes a million times as long")
        #expect((excess.max() ?? 1) < 0.12, "\(excess)")
    }

    @Test func everySetOfKernelsShowsTheSameFace() throws {
        let random = CounterRandom(seed: 6, system: .test)
        let actuators = (0..<9 as Range<UInt32>).map { index in
            func effects(_ side: UInt32) -> [FaceEffects.Effect] {
                (0..<4 as Range<UInt32>).map {
                    Self.effect(
                        Blendshape.allCases[Int(random.bits(frame: index, draw: side + $0) % 20)],
                        0.3 + Double(random.uniform(frame: index, draw: side + 10 + $0)))
                }
            }
            return NearestFace.Actuator(effects: .init(above: effects(0), below: effects(100)), inputs: -1...1)
        }
        func inputs(_ set: KernelSet) throws -> [Double] {
            try set.run {
                var solver = NearestFace(actuators)
                return (0..<20 as Range<UInt32>).flatMap { frame in
                    var face = FaceChannels()
                    for shape in 0..<20 { face.values[shape] = random.uniform(frame: 50 + frame, draw: UInt32(shape)) }
                    _ = solver.solve(face)
                    return actuators.indices.map { solver.input($0) }
                }
            }
        }
        let portable = try inputs(.portable)
        for set in KernelSet.allCases where set.isAvailable { #expect(try inputs(set) == portable, "\(set)") }
    }

    @Test func solvingAllocatesNothing() {
        var solver = NearestFace(Array(repeating: Self.corner, count: 32))
        let face = Self.face([.mouthSmileLeft: 0.5])
        _ = solver.solve(face)
        let before = mien_allocation_count()
        for _ in 0..<100 { _ = solver.solve(face) }
        #expect(mien_allocation_count() == before)
    }
}
