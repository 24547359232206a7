import FaceKit
import Testing

@testable import Behaviour

/// What becomes of a generator's own blinks where the robot blinks by itself: 25 frames a second.
@Suite struct GeneratorBlinkTests {
    private static let lid = FaceChannel(.eyeBlinkLeft)
    private static let wide = FaceChannel(.eyeWideLeft)

    /// A generator that blinks every two seconds, a fifth of a second each, over lids that rest at 0.05.
    private static func blinking(_ tick: Int) -> FaceChannels { lowered(tick % 50 < 5 && tick > 50 ? 0.9 : 0.05) }

    private static func lowered(_ closure: Float) -> FaceChannels {
        var face = FaceChannels()
        for lid in [Blendshape.eyeBlinkLeft, .eyeBlinkRight] { face.values[lid.rawValue] = closure }
        return face
    }

    /// An engine that does nothing of itself but blink.
    private static func engine(blinkRate: Double?, seed: UInt64 = 1) -> BehaviourEngine {
        var engine = BehaviourEngine(frameRate: 25, seed: seed)
        engine.setHabits(isOn: blinkRate != nil, blinkRate: blinkRate)
        return engine
    }

    private static func run(
        _ engine: inout BehaviourEngine, minutes: Double, base: (Int) -> FaceChannels = blinking,
        each: (inout BehaviourEngine, Int) -> Void = { _, _ in }
    ) -> [FaceChannels] {
        (0..<Int(minutes * 1_500)).map { tick in
            engine.begin(time: Double(tick) / 25, person: nil)
            each(&engine, tick)
            return engine.mix(base(tick))
        }
    }

    /// How often the lid closes further than 0.15.
    private func closures(_ faces: some Sequence<FaceChannels>) -> Int {
        let isClosed = faces.map { $0[Self.lid] > 0.15 }
        return zip(isClosed, isClosed.dropFirst()).count { !$0 && $1 }
    }

    private func close(_ engine: inout BehaviourEngine, hold: Double, layer: String = Layer.expression) {
        engine.play(
            .expression([.eyeBlinkLeft: 1, .eyeBlinkRight: 1], attack: 0.2, hold: hold, release: 0.2), layer: layer,
            owner: "a")
    }

    @Test(arguments: [false, true]) func noneShowsWhereNoBlinkIsAskedFor(leavesReflexes: Bool) {
        var engine = Self.engine(blinkRate: 0)
        engine.leavesReflexes = leavesReflexes
        #expect(closures(Self.run(&engine, minutes: 1)) == 0)
    }

    @Test(arguments: [8.0, 17, 30]) func allThatShowAreTheRobotsAndAsManyAsAskedFor(rate: Double) {
        var engine = Self.engine(blinkRate: rate)
        #expect(abs(Double(closures(Self.run(&engine, minutes: 10))) / 10 - rate) <= 0.1 * rate)
    }

    @Test func theControlTickShowsAsManyAsAskedFor() {
        var engine = Self.engine(blinkRate: 20)
        engine.leavesReflexes = true
        var player = ReflexPlayer(period: 0.01, framePeriod: 0.04)
        var base = FaceChannels()
        let faces = (0..<60_000).map { tick in
            let time = Double(tick) / 100
            if tick % 4 == 0 {
                engine.begin(time: time, person: nil)
                base = engine.mix(Self.blinking(tick / 4))
                player.take(engine.orders)
            }
            var face = base
            player.apply(to: &face, at: time, isLive: true)
            return face
        }
        #expect(abs(Double(closures(faces)) / 10 - 20) <= 2)
        #expect(faces.contains { $0[Self.lid] > 0.98 })
    }

    @Test func lidsThatStayLoweredStayAndOpenAtOnce() {
        var engine = Self.engine(blinkRate: 0)
        let faces = Self.run(&engine, minutes: 1) { Self.lowered($0 < 500 || $0 >= 1_000 ? 0 : 0.25) }
        #expect(faces[600..<1_000].allSatisfy { abs($0[Self.lid] - 0.25) < 0.01 })
        #expect(faces[1_000][Self.lid] == 0)
    }

    @Test func blinksOverLoweredLidsCloseThemFully() {
        var engine = Self.engine(blinkRate: 17)
        let faces = Self.run(&engine, minutes: 2) { _ in Self.lowered(0.25) }
        #expect(faces[200...].allSatisfy { $0[Self.lid] > 0.24 })
        #expect(faces.contains { $0[Self.lid] > 0.95 })
    }

    /// In the layer of expressions and in one of a script's own, over a generator that blinks.
    @Test(arguments: [Layer.expression, "sleep"]) func whoeverClaimsTheLidsClosesThemFully(layer: String) {
        var engine = Self.engine(blinkRate: 17)
        engine.set(Layer(name: "sleep", priority: 35, claims: [.lids]), owner: "a")
        let faces = Self.run(
            &engine, minutes: 1,
            each: { engine, tick in
                if tick == 500 { close(&engine, hold: 20, layer: layer) }
            })
        #expect(faces[510..<1_000].allSatisfy { $0[Self.lid] > 0.999 })
        #expect(faces[1_015][Self.lid] < 0.1)
    }

    /// What a script lays below the blinks comes at its own pace, as far as a blink still shows.
    @Test func aLayerBelowTheBlinksLowersTheLidsAtOnce() {
        var engine = Self.engine(blinkRate: 0)
        engine.set(Layer(name: "mood", priority: 15, claims: [.lids]), owner: "a")
        let faces = Self.run(
            &engine, minutes: 1,
            each: { engine, tick in
                if tick == 500 { close(&engine, hold: 20, layer: "mood") }
            })
        #expect(faces[510..<1_000].allSatisfy { abs($0[Self.lid] - BlinkGenerator.mostOwn) < 1e-6 })
    }

    @Test func wideEyesStayWideButWhereTheRobotBlinks() {
        var engine = Self.engine(blinkRate: 17)
        let faces = Self.run(&engine, minutes: 1) { tick in
            var face = Self.blinking(tick)
            face.values[Self.wide.rawValue] = 0.4
            return face
        }
        for face in faces {
            if face[Self.lid] < 0.1 { #expect(face[Self.wide] > 0.35) }
            if face[Self.lid] > 0.99 { #expect(face[Self.wide] < 0.01) }
        }
    }

    @Test func withoutTheBlinkLayerTheGeneratorBlinksAndTheWayThereIsSmooth() {
        var engine = Self.engine(blinkRate: 0)
        let faces = Self.run(
            &engine, minutes: 3,
            each: { engine, tick in
                if tick == 1_500 { engine.weigh(Layer.blink, 0) }
                if tick == 3_000 { engine.weigh(Layer.blink, 1) }
            })
        #expect(closures(faces[..<1_500]) == 0)
        #expect(closures(faces[1_505..<3_000]) >= 29 && faces[1_505..<3_000].contains { $0[Self.lid] == 0.9 })
        #expect(closures(faces[3_010...]) == 0)
        let most = BehaviourEngine.fastestCoefficient / 25 + 1e-6
        #expect(zip(faces, faces.dropFirst()).allSatisfy { abs($1[Self.lid] - $0[Self.lid]) <= most })
    }

    @Test func withoutHabitsNothingChanges() {
        var engine = Self.engine(blinkRate: nil)
        let faces = Self.run(&engine, minutes: 1) { Self.lowered($0 % 50 < 25 ? 0.5 : 0.05) }
        for (tick, face) in faces.enumerated() {
            let own = Self.lowered(tick % 50 < 25 ? 0.5 : 0.05)
            #expect((0..<FaceChannels.count).allSatisfy { abs(face.values[$0] - own.values[$0]) < 1e-6 })
        }
    }

    /// An engine is a value: a copy goes on as the engine itself does.
    @Test func aCopyGoesOnAlike() {
        var engine = Self.engine(blinkRate: 17)
        _ = Self.run(&engine, minutes: 0.51)
        var copy = engine
        let first = Self.run(&engine, minutes: 0.5)
        let second = Self.run(&copy, minutes: 0.5)
        #expect(zip(first, second).allSatisfy { $0[Self.lid] == $1[Self.lid] })
    }

    /// A bad frame of a generator goes through as what it is, for the control tick to fall back, and is forgotten.
    @Test func aFrameThatIsNotFiniteIsGoneWithTheNext() {
        var engine = Self.engine(blinkRate: 0)
        let faces = Self.run(&engine, minutes: 1) { $0 == 500 ? Self.lowered(.nan) : Self.blinking($0) }
        #expect(faces[500][Self.lid].isNaN)
        #expect(faces[501...].allSatisfy { $0[Self.lid] <= 0.15 })
    }
}
