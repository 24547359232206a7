import FaceKit
import Testing

@testable import Behaviour

/// What the robot does of itself, measured over long runs.
@Suite struct HabitsTests {
    private let lid = FaceChannel(.eyeBlinkLeft)

    private func events(
        _ engine: inout BehaviourEngine, minutes: Double, person: PersonFrame?,
        each: (inout BehaviourEngine, Int) -> Void = { _, _ in }
    ) -> [BehaviourEngine.Event] {
        var events: [BehaviourEngine.Event] = []
        _ = EngineTests.run(&engine, seconds: minutes * 60, person: person) { engine, tick in
            events += engine.events
            each(&engine, tick)
        }
        return events
    }

    private static let someone = PersonFrame(sensed: .headRotation)

    /// 17 a minute at rest (Bentivoglio 1997), 18 while listening (`protocols` §6).
    @Test(arguments: [(nil, 17.0), (someone, 18)] as [(PersonFrame?, Double)])
    func theRobotBlinksAsOftenAsPeople(person: PersonFrame?, rate: Double) {
        for seed in 1...5 as ClosedRange<UInt64> {
            var engine = BehaviourEngine(frameRate: 25, seed: seed)
            let blinks = events(&engine, minutes: 10, person: person).count { $0.name == "blink" }
            #expect(abs(Double(blinks) / 10 - rate) <= 0.1 * rate)
        }
    }

    @Test func aBlinkClosesTheLidsAndOpensThem() {
        var engine = BehaviourEngine(frameRate: 25, seed: 3)
        let frames = EngineTests.run(&engine, seconds: 60)
        let closed = frames.count { $0[lid] > 0.9 }
        #expect(closed >= 10 && closed < 60)
        #expect(frames.count { $0[lid] == 0 } > 1_200)
    }

    @Test func blinksYieldToWhoeverHoldsTheLidsAndComeBack() {
        var engine = BehaviourEngine(frameRate: 25, seed: 4)
        let open = MotionClip.expression([.eyeBlinkLeft: 0, .eyeBlinkRight: 0], attack: 0.1, hold: 30, release: 0.1)
        let frames = EngineTests.run(&engine, seconds: 90) { engine, tick in
            if tick == 500 { engine.play(open, layer: Layer.expression, owner: "a") }
        }
        #expect(frames[..<500].contains { $0[lid] > 0.9 })
        #expect(frames[510..<1_240].allSatisfy { $0[lid] < 1e-6 })
        #expect(frames[1_300...].contains { $0[lid] > 0.9 })
    }

    /// Andrist 2013: 1.14 s long with 7.21 s between them.
    @Test func aListenerLooksAwayAsOftenAsPeopleDo() {
        var count = 0
        for seed in 1...6 as ClosedRange<UInt64> {
            var engine = BehaviourEngine(frameRate: 25, seed: seed)
            count += events(&engine, minutes: 20, person: Self.someone).count { $0.name == "gaze_averted" }
        }
        let gap = 120 * 60 / Double(count)
        #expect(abs(gap - (1.14 + 7.21)) < 0.08 * 8.35)
    }

    @Test func nobodyLooksAwayAlone() {
        var engine = BehaviourEngine(frameRate: 25, seed: 1)
        #expect(!events(&engine, minutes: 10, person: nil).contains { $0.name == "gaze_averted" })
    }

    @Test func looksAwayYieldToALookThatWasAskedForAndComeBack() {
        var engine = BehaviourEngine(frameRate: 25, seed: 2)
        var away: [Double] = []
        let look = MotionClip.look(yaw: 0.3, pitch: 0, attack: 0.3, hold: 60)
        _ = EngineTests.run(&engine, seconds: 180, person: Self.someone) { engine, tick in
            if tick == 1_500 { engine.play(look, layer: Layer.gaze, owner: "a") }
            away += engine.events.filter { $0.name == "gaze_averted" }.map(\.time)
        }
        #expect(away.contains { $0 < 60 } && away.contains { $0 > 122 })
        #expect(!away.contains { $0 > 60.04 && $0 < 121 })
    }

    @Test func aLookThatWasAskedForEndsALookAway() throws {
        var engine = BehaviourEngine(frameRate: 25, seed: 2)
        var began: Int?
        let frames = EngineTests.run(&engine, seconds: 30, person: Self.someone) { engine, tick in
            if began == nil, engine.events.contains(where: { $0.name == "gaze_averted" }) { began = tick }
            if let began, tick == began + 10 {
                engine.play(.look(yaw: 0, pitch: 0, attack: 0.2, hold: 5), layer: Layer.gaze, owner: "a")
            }
        }
        let start = try #require(began)
        let yaw = FaceChannels.firstHead
        #expect(abs(frames[start + 9].values[yaw]) > 0.02)
        #expect(abs(frames[start + 30].values[yaw]) < 1e-4)
    }

    @Test func theEyesHoldThePersonInView() {
        var engine = BehaviourEngine(frameRate: 25, seed: 1)
        engine.habits.looksAway = false
        var person = PersonFrame(sensed: [.headX, .headYaw])
        // The person stands 0.24 m to their own left, which is the robot's right, 0.8 m away: -0.3 rad.
        person.face.head.x = 0.24
        let frames = EngineTests.run(&engine, seconds: 10, person: person)
        let head = frames[200...].map { $0.values[FaceChannels.firstHead] }
        #expect(head.allSatisfy { abs($0 + 0.15) < 0.01 })
        let eyes = frames[200...].map { $0[FaceChannel(.eyeLookInLeft)] - $0[FaceChannel(.eyeLookOutLeft)] }
        // The eyes' half, 0.15 rad of the 30° at which a coefficient is 1, and the small jumps around it.
        let mean = eyes.reduce(0, +) / Float(eyes.count)
        #expect(abs(mean - 0.15 / (30 * .pi / 180)) < 0.06)
    }

    /// `data/gaze`: 0.53 s from fixation to fixation; jumps below a degree are left out.
    @Test func theEyesJumpBetweenFixations() {
        var saccades = Saccades(seed: 7)
        var jumps = 0
        var last = SIMD2<Float>.zero
        var farthest: Float = 0
        for tick in 0..<15_000 {
            saccades.step(0.04, isOn: true, mode: .listening)
            let way = saccades.angle - last
            if (way * way).sum().squareRoot() > 0.6 * .pi / 180, tick > 0 { jumps += 1 }
            last = saccades.angle
            farthest = max(farthest, abs(last.x))
        }
        // Ten minutes: between one jump in 0.5 s and one in 1.5 s.
        #expect(jumps > 400 && jumps < 1_200)
        #expect(farthest < 4 * .pi / 180)
    }

    @Test func thinkingLooksAwayAtOnce() {
        var engine = BehaviourEngine(frameRate: 25, seed: 5)
        var away: [Double] = []
        _ = EngineTests.run(&engine, seconds: 10, person: Self.someone) { engine, tick in
            if tick == 50 { engine.think(seconds: 4) }
            away += engine.events.filter { $0.name == "gaze_averted" }.map(\.time)
            #expect(engine.mode == (tick >= 50 && tick < 150 ? .thinking : .listening))
        }
        #expect(away.contains { $0 > 2 && $0 < 3 })
    }

    @Test func theSameSeedDoesTheSame() {
        var first = BehaviourEngine(frameRate: 25, seed: 9)
        var second = BehaviourEngine(frameRate: 25, seed: 9)
        var third = BehaviourEngine(frameRate: 25, seed: 10)
        let a = EngineTests.run(&first, seconds: 30, person: Self.someone)
        let b = EngineTests.run(&second, seconds: 30, person: Self.someone)
        let c = EngineTests.run(&third, seconds: 30, person: Self.someone)
        func same(_ x: [FaceChannels], _ y: [FaceChannels]) -> Bool {
            zip(x, y).allSatisfy { a, b in (0..<72).allSatisfy { a.values[$0] == b.values[$0] } }
        }
        #expect(same(a, b) && !same(a, c))
    }
}
