import FaceFit
import FaceKit
import Testing

@testable import Inference
@testable import Motion

/// What the users' controls do to the shipped models, measured.
@Suite struct ControlTests {
    private static func idler() throws -> SUHMo {
        try SUHMo(file: WeightFile(path: SFMSGolden.models + "/suhmo.safetensors"), basis: SFMSGolden.basis())
    }

    private func faces(_ model: some MotionModel, frames: Int, person: [PersonFrame?] = []) throws -> [FaceFrame] {
        var stream = model.makeStream(seed: 3)
        return try (0..<frames).map { frame in
            try stream.next(person: person.isEmpty ? nil : person[frame % person.count]).face
        }
    }

    /// Summed variance over time of coefficients, and of the head's angles.
    private func variance(_ faces: [FaceFrame]) -> (expression: Float, head: Float) {
        let rows = faces.map(SFMSGolden.numbers)
        let each = (0..<58).map { channel in
            let mean = rows.reduce(0) { $0 + $1[channel] } / Float(rows.count)
            return rows.reduce(0) { $0 + ($1[channel] - mean) * ($1[channel] - mean) } / Float(rows.count)
        }
        return (each[..<52].reduce(0, +), each[52..<55].reduce(0, +))
    }

    private func expectRising(_ values: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
        for (one, next) in zip(values, values.dropFirst()) {
            #expect(one < next, "\(values)", sourceLocation: sourceLocation)
        }
    }

    private static let steps: [Float] = [0, 0.5, 1, 1.5, 2]

    @Test func theIdlersVarianceRisesWithIntensityFromNothing() throws {
        let model = try Self.idler()
        let found = try Self.steps.map {
            variance(try faces(model.controlled(by: MotionControls(intensity: $0)), frames: 500))
        }
        #expect(found[0].expression == 0 && found[0].head == 0)
        expectRising(found.map(\.expression))
        expectRising(found.map(\.head))
        // The head is not clamped, so its deviation is proportional: at twice the intensity four times the variance.
        #expect(abs(found[4].head / found[2].head - 4) < 0.01)
    }

    @Test func theListenersVarianceRisesWithIntensityFromNothing() throws {
        let model = try SFMSGolden.shipped()
        let person = try SFMSGolden.persons(SFMSGolden.file("sfms-shipped"), "shipped")
        let found = try Self.steps.map {
            variance(try faces(model.controlled(by: MotionControls(intensity: $0)), frames: 400, person: person))
        }
        #expect(found[0].expression == 0 && found[0].head == 0)
        expectRising(found.map(\.expression))
        expectRising(found.map(\.head))
        #expect(abs(found[4].head / found[2].head - 4) < 0.01)
    }

    @Test func atIntensityOneFramesAreTheModelsOwn() throws {
        let model = try SFMSGolden.shipped()
        #expect(try faces(model.controlled(by: MotionControls()), frames: 60) == faces(model, frames: 60))
    }

    @Test func aMoreIntenseFacesLandmarksAreThoseOfTheFace() throws {
        let model = try Self.idler()
        var stream = model.controlled(by: MotionControls(intensity: 2)).makeStream(seed: 3)
        for _ in 0..<20 { _ = try stream.next(person: nil) }
        let frame = try stream.next(person: nil)
        let landmarks = try SFMSGolden.basis().landmarks(of: frame.face)
        for i in 0..<LandmarkFrame.count { #expect(frame.landmarks[i] == landmarks[i]) }
    }

    @Test func aLivelierListenerDrawsMoreOftenWhatIsNotTheLikeliest() throws {
        let model = try SFMSGolden.shipped()
        func tokens(_ liveliness: Float, seed: UInt64) throws -> [Int] {
            var stream = model.controlled(by: MotionControls(liveliness: liveliness)).base.makeStream(seed: seed)
            _ = try stream.next(person: nil)
            return stream.drawn
        }
        // The first block is drawn from the same logits at any liveliness; at 0 every seed draws the likeliest.
        let likeliest = try tokens(0, seed: 1)
        #expect(try tokens(0, seed: 2) == likeliest)
        let departures = try Self.steps.map { liveliness in
            try (1...12).reduce(Float(0)) { sum, seed in
                let drawn = try tokens(liveliness, seed: UInt64(seed))
                return sum + Float(zip(drawn, likeliest).count { $0 != $1 })
            }
        }
        expectRising(departures)
    }

    @Test func anIdlersSeedsDifferWithLivelinessAndNotWithout() throws {
        let model = try Self.idler()
        /// Mean squared distance of the generated landmarks of pairs of seeds over the first frames.
        func spread(_ liveliness: Float) -> Float {
            let model = model.controlled(by: MotionControls(liveliness: liveliness)).base
            let runs = (1...6).map { seed in
                var idler = model.makeIdler(seed: UInt64(seed))
                return (0..<10).map { _ in idler.next() }
            }
            var sum: Float = 0
            for first in runs.indices {
                for second in runs[..<first] {
                    for (a, b) in zip(runs[first], second) {
                        for point in 0..<LandmarkFrame.count {
                            sum += ((a[point] - b[point]) * (a[point] - b[point])).sum()
                        }
                    }
                }
            }
            return sum
        }
        // From the neutral face runs part within frames, so above 0 their distance is that of two motions, no more.
        let still = spread(0)
        for liveliness in Self.steps.dropFirst() { #expect(spread(liveliness) > 100 * still) }
    }
}
