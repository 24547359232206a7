import FaceKit
import Testing

@testable import Behaviour

/// Layers and the mixer.
@Suite struct EngineTests {
    private static let frameRate = 25.0

    /// An engine that does nothing of itself.
    static func quiet(seed: UInt64 = 1) -> BehaviourEngine {
        var engine = BehaviourEngine(frameRate: frameRate, seed: seed)
        engine.setHabits(isOn: false, blinkRate: nil)
        return engine
    }

    /// Runs for some seconds over a face that does not move; the frames.
    static func run(
        _ engine: inout BehaviourEngine, from start: Int = 0, seconds: Double, person: PersonFrame? = nil,
        base: FaceChannels = FaceChannels(), each: (inout BehaviourEngine, Int) -> Void = { _, _ in }
    ) -> [FaceChannels] {
        (start..<start + Int((seconds * frameRate).rounded())).map { tick in
            engine.begin(time: Double(tick) / frameRate, person: person)
            each(&engine, tick)
            return engine.mix(base)
        }
    }

    private let smile = FaceChannel(.mouthSmileLeft)
    private let brow = FaceChannel(.browInnerUp)
    private let yaw = FaceChannels.firstHead

    private func pose(_ values: [Blendshape: Float], hold: Double = 1) -> MotionClip {
        .expression(values, attack: 0.2, hold: hold, release: 0.2)
    }

    @Test func aHigherLayerCoversALowerOneWhichComesBackByItself() {
        var engine = Self.quiet()
        let frames = Self.run(&engine, seconds: 4) { engine, tick in
            if tick == 0 { engine.play(pose([.mouthSmileLeft: 0.8], hold: 3), layer: Layer.gesture, owner: "a") }
            if tick == 25 { engine.play(pose([.mouthSmileLeft: 0.2]), layer: Layer.expression, owner: "b") }
        }
        #expect(abs(frames[20][smile] - 0.8) < 1e-6)
        #expect(abs(frames[40][smile] - 0.2) < 1e-6)
        #expect(abs(frames[65][smile] - 0.8) < 1e-6)
        #expect(frames[99][smile] == 0)
    }

    @Test func whatComesLaterCannotCoverAHigherLayer() {
        var engine = Self.quiet()
        let frames = Self.run(&engine, seconds: 2) { engine, tick in
            if tick == 0 { engine.play(pose([.mouthSmileLeft: 0.2], hold: 3), layer: Layer.expression, owner: "b") }
            if tick == 10 { engine.play(pose([.mouthSmileLeft: 0.9], hold: 3), layer: Layer.gesture, owner: "a") }
        }
        #expect(frames[10...].allSatisfy { abs($0[smile] - 0.2) < 1e-6 })
    }

    @Test func aValueOfZeroCoversAsWell() {
        var engine = Self.quiet()
        var base = FaceChannels()
        base[smile] = 0.6
        let frames = Self.run(&engine, seconds: 2, base: base) { engine, tick in
            if tick == 5 { engine.play(pose([.mouthSmileLeft: 0]), layer: Layer.expression, owner: "a") }
        }
        #expect(frames[4][smile] == 0.6 && abs(frames[20][smile]) < 1e-6 && frames[49][smile] == 0.6)
    }

    @Test func aLayerMovesOnlyWhatItClaims() {
        var engine = Self.quiet()
        engine.set(Layer(name: "mine", priority: 80, claims: [.brows]), owner: "a")
        let frames = Self.run(&engine, seconds: 1) { engine, tick in
            guard tick == 0 else { return }
            engine.play(pose([.browInnerUp: 0.7, .mouthSmileLeft: 0.7], hold: 5), layer: "mine", owner: "a")
        }
        #expect(abs(frames[20][brow] - 0.7) < 1e-6 && frames.allSatisfy { $0[smile] == 0 })
    }

    @Test func theWeightOfALayerScalesAndEasesOverItsTimes() {
        var engine = Self.quiet()
        engine.set(Layer(name: "mine", priority: 80, attack: 0.4, release: 0.8), owner: "a")
        let frames = Self.run(&engine, seconds: 4) { engine, tick in
            if tick == 0 { engine.play(pose([.browInnerUp: 0.8], hold: 9), layer: "mine", owner: "a") }
            if tick == 25 { engine.weigh("mine", 0.5) }
        }
        #expect(abs(frames[24][brow] - 0.8) < 1e-6)
        // Half the weight is left after half of the release: 0.8 s for all of it.
        #expect(abs(frames[24 + 5][brow] - 0.8 * 0.75) < 1e-5)
        #expect(abs(frames[40][brow] - 0.4) < 1e-5)
    }

    @Test func ranksDecideInsideALayer() {
        var engine = Self.quiet()
        let frames = Self.run(&engine, seconds: 1) { engine, tick in
            if tick == 0 {
                engine.play(pose([.browInnerUp: 0.9], hold: 5), layer: Layer.expression, owner: "a", rank: 5)
            }
            if tick == 3 { engine.play(pose([.browInnerUp: 0.1], hold: 5), layer: Layer.expression, owner: "b") }
        }
        #expect(abs(frames[24][brow] - 0.9) < 1e-6)
    }

    @Test func whatStopsEasesOut() {
        var engine = Self.quiet()
        let frames = Self.run(&engine, seconds: 3) { engine, tick in
            if tick == 0 { engine.play(pose([.browInnerUp: 1], hold: 1e9), layer: Layer.expression, owner: "a") }
            if tick == 30 { engine.stop(layer: Layer.expression, owner: "a") }
        }
        // The layer lets go over 0.35 s: nine frames.
        #expect(frames[30][brow] > 0.99 && frames[34][brow] > 0.3 && frames[34][brow] < 0.8 && frames[40][brow] == 0)
    }

    @Test func anOwnersLayersGoWithIt() {
        var engine = Self.quiet()
        engine.set(Layer(name: "mine", priority: 90), owner: "a")
        engine.release(owner: "b")
        #expect(engine.layer("mine") != nil)
        engine.release(owner: "a")
        #expect(engine.layer("mine") == nil && engine.layers == Layer.standard)
    }

    /// Everything that can happen, at random, over a base that jumps: no channel moves faster than a face does.
    @Test(arguments: 1...5 as ClosedRange<UInt64>) func nothingEverJumps(seed: UInt64) {
        var engine = BehaviourEngine(frameRate: Self.frameRate, seed: seed)
        let random = CounterRandom(seed: seed, system: .test)
        var person = PersonFrame(sensed: .face)
        var last: FaceChannels?
        for tick in 0..<4_000 {
            func draw(_ number: UInt32) -> Float { random.uniform(frame: UInt32(tick), draw: number) }
            person.face[.mouthSmileLeft] = draw(1)
            person.face.head.x = draw(2) - 0.5
            person.face[.jawOpen] = draw(3) < 0.5 ? 0 : 0.3
            engine.begin(time: Double(tick) / Self.frameRate, person: draw(4) < 0.9 ? person : nil)
            let layer = engine.layers[Int(draw(5) * Float(engine.layers.count))].name
            switch Int(draw(6) * 40) {
            case 0: engine.play(pose([.mouthSmileLeft: draw(7), .jawOpen: draw(8)]), layer: layer, owner: "a")
            case 1: engine.play(.nod(count: 3, amplitude: draw(7)), layer: layer, owner: "b")
            case 2:
                engine.play(
                    .look(yaw: draw(7) - 0.5, pitch: 0.2, attack: 0.1, hold: 0.5), layer: layer, owner: "a", rank: 3)
            case 3: engine.play(.blink(count: 3), layer: layer, owner: "b")
            case 4: engine.stop(owner: "a")
            case 5: engine.weigh(layer, draw(7))
            case 6: engine.intensity = 2 * draw(7)
            case 7: engine.mirrorGain = draw(7)
            case 8: engine.set(Layer(name: "mine", priority: Int(draw(7) * 100), attack: 0), owner: "b")
            case 9: engine.release(owner: "b")
            case 10: engine.think(seconds: 1)
            default: break
            }
            var base = FaceChannels()
            for index in 0..<58 { base.values[index] = draw(100 + UInt32(index / 20 + tick / 30)) }
            let frame = engine.mix(base)
            if let last {
                for index in 0..<58 {
                    // 14 units and 5 rad a second, as the documentation says, and rounding.
                    let most: Float = (index < 52 ? 14 : 5) / 25 + 1e-5
                    #expect(abs(frame.values[index] - last.values[index]) <= most)
                }
            }
            #expect((0..<52).allSatisfy { (0...1).contains(frame.values[$0]) })
            last = frame
        }
    }

    @Test func actionsCannotPileUp() {
        var engine = Self.quiet()
        _ = Self.run(&engine, seconds: 40) { engine, tick in
            engine.play(pose([.jawOpen: 0.1], hold: 1e9), layer: Layer.gesture, owner: "\(tick)")
        }
        #expect(engine.actions.count <= BehaviourEngine.actionLimit)
        for number in 0..<100 { engine.set(Layer(name: "l\(number)", priority: 1), owner: "a") }
        #expect(engine.layers.count == BehaviourEngine.layerLimit)
    }

    @Test func intensityScalesAroundTheNeutralAndEases() {
        var engine = Self.quiet()
        var base = FaceChannels()
        base[smile] = 0.4
        base.values[yaw] = 0.2
        let frames = Self.run(&engine, seconds: 2, base: base) { engine, tick in
            if tick == 5 { engine.intensity = 1.5 }
        }
        #expect(frames[4][smile] == 0.4 && frames[6][smile] < 0.5)
        #expect(abs(frames[49][smile] - 0.6) < 1e-6 && abs(frames[49].values[yaw] - 0.3) < 1e-6)
    }

    @Test func theMirrorShowsASmileByItsGainAndAsLateAsAsked() {
        var engine = Self.quiet()
        engine.mirrorGain = 0.5
        engine.mirrorDelay = 0.4
        var frames: [FaceChannels] = []
        for tick in 0..<75 {
            var person = PersonFrame(sensed: [SensedChannels(.mouthSmileLeft), SensedChannels(.mouthSmileRight)])
            if tick >= 25 { (person.face[.mouthSmileLeft], person.face[.mouthSmileRight]) = (0.8, 0.8) }
            engine.begin(time: Double(tick) / 25, person: person)
            frames.append(engine.mix(FaceChannels()))
        }
        // Ten frames are 0.4 s.
        #expect(frames[34][smile] == 0 && frames[36][smile] > 0.3)
        #expect(abs(frames[60][smile] - 0.4) < 1e-6)
    }

    @Test func anExplicitExpressionCoversTheMirror() {
        var engine = Self.quiet()
        engine.mirrorGain = 1
        var person = PersonFrame(sensed: [SensedChannels(.mouthSmileRight)])
        person.face[.mouthSmileRight] = 0.9
        let frames = Self.run(&engine, seconds: 4, person: person) { engine, tick in
            if tick == 40 { engine.play(pose([.mouthSmileLeft: 0.1]), layer: Layer.expression, owner: "a") }
        }
        #expect(abs(frames[35][smile] - 0.9) < 1e-6 && abs(frames[55][smile] - 0.1) < 1e-6)
        #expect(abs(frames[99][smile] - 0.9) < 1e-6)
    }
}
