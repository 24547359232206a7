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

    @Test func livelinessIsOneWhereItIsOneAndNeverNothing() {
        #expect(MotionControls.scale(0, from: 0.6) == 0.6)
        #expect(MotionControls.scale(0.5, from: 0.6) == 0.8)
        #expect(MotionControls.scale(1, from: 0.6) == 1)
        #expect(MotionControls.scale(2, from: 0.6) == 2)
    }

    @Test func aTemperatureOfCodesLeavesHowLikelyAKeyframeIs() {
        // No keyframe 1/5; codes 1/5 and 3/5. At half the temperature codes go 1 : 9, together 4/5 as before.
        var logits: [Float] = [0, 0, Float(PortableMath.log(3))]
        SFMS.Stream.temper(&logits, 1, codes: 0.5)
        let masses = logits.map { PortableMath.exp(Double($0)) }
        let whole = masses.reduce(0, +)
        for (mass, expected) in zip(masses, [0.2, 0.08, 0.72]) { #expect(abs(mass / whole - expected) < 1e-6) }
        // The group's own temperature comes first: at 1/2 it is 1 : 1 : 9, and 10 of 11 are keyframes.
        logits = [0, 0, Float(PortableMath.log(3))]
        SFMS.Stream.temper(&logits, 0.5, codes: 1)
        let own = logits.map { PortableMath.exp(Double($0)) }
        for (mass, expected) in zip(own, [1.0, 1, 9]) { #expect(abs(mass / own.reduce(0, +) - expected / 11) < 1e-6) }
    }

    @Test func aLivelierListenerMovesMoreQuicklyAndACalmOneIsAlive() throws {
        let model = try SFMSGolden.shipped()
        let person = try SFMSGolden.persons(SFMSGolden.file("sfms-shipped"), "shipped")
        let found = try [Float(0), 1, 2].map { liveliness in
            try faces(model.controlled(by: MotionControls(liveliness: liveliness)), frames: 1500, person: person)
                .map(SFMSGolden.numbers)
        }
        expectRising(
            found.map { rows in
                zip(rows, rows.dropFirst()).reduce(Float(0)) { sum, pair in
                    sum + zip(pair.0[..<52], pair.1[..<52]).reduce(0) { $0 + abs($1.0 - $1.1) }
                }
            })
        // A listener that always took the likeliest code repeated itself block by block, four frames each.
        for rows in found {
            #expect(zip(rows, rows.dropFirst(4)).count { $0 == $1 } < 15)
        }
        // Its head stood within a hundredth of a radian.
        for rows in found {
            let yaws = rows.map { $0[52] }
            #expect((yaws.max() ?? 0) - (yaws.min() ?? 0) > 0.2)
        }
    }

    @Test func anIdlersSeedsDifferHoweverCalmItIs() throws {
        let model = try Self.idler()
        for liveliness in Self.steps {
            let model = model.controlled(by: MotionControls(liveliness: liveliness)).base
            var (one, other) = (model.makeIdler(seed: 1), model.makeIdler(seed: 2))
            let apart = (0..<250).contains { _ in
                let (a, b) = (one.next(), other.next())
                return (0..<LandmarkFrame.count).contains { ((a[$0] - b[$0]) * (a[$0] - b[$0])).sum() > 1e-4 }
            }
            #expect(apart, "liveliness \(liveliness)")
        }
    }

    @Test func aSpreadOfStartsNeverGivesAFaceWithoutHeight() {
        let wide = SUHMo.Idling.standard.spread(by: 20)
        #expect(abs(wide.faceHeight.lowerBound - SUHMo.Idling.leastHeight) < 1e-6)
        // 0.45…0.65, half as wide around the same middle.
        let half = SUHMo.Idling.standard.spread(by: 0.5).faceHeight
        #expect(abs(half.lowerBound - 0.5) < 1e-6 && abs(half.upperBound - 0.6) < 1e-6)
    }

    @Test func lidsCloseAsTheyDoAtAnyIntensityButNothing() {
        var face = FaceFrame()
        face[.eyeBlinkLeft] = 0.9
        face[.jawOpen] = 0.4
        let half = face.scaled(around: .neutral, by: 0.5)
        #expect(half[.eyeBlinkLeft] == 0.9 && half[.jawOpen] == 0.2)
        #expect(face.scaled(around: .neutral, by: 2)[.eyeBlinkLeft] == 0.9)
        #expect(face.scaled(around: .neutral, by: 0)[.eyeBlinkLeft] == 0)
    }
}
