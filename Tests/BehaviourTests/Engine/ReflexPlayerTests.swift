import FaceKit
import Testing

@testable import Behaviour

/// Reflexes on the control tick: 100 a second, with a motion frame each fourth.
@Suite struct ReflexPlayerTests {
    private let smile = FaceChannel(.mouthSmileRight)
    private let lid = FaceChannel(.eyeBlinkLeft)

    /// An engine that leaves reflexes to a player, and both run side by side; the faces of all control ticks.
    private func run(
        seconds: Double, seed: UInt64 = 1, person: (Double) -> PersonFrame?, live: (Double) -> Bool = { _ in true },
        set: (inout BehaviourEngine, Double) -> Void
    ) -> [FaceChannels] {
        var engine = BehaviourEngine(frameRate: 25, seed: seed)
        engine.leavesReflexes = true
        engine.setHabits(isOn: false, blinkRate: nil)
        var player = ReflexPlayer(period: 0.01, framePeriod: 0.04)
        var base = FaceChannels()
        var faces: [FaceChannels] = []
        for tick in 0..<Int(seconds * 100) {
            let time = Double(tick) / 100
            if tick % 4 == 0 {
                engine.begin(time: time, person: person(time))
                set(&engine, time)
                base = engine.mix(FaceChannels())
                player.take(engine.orders)
            }
            player.see(person(time))
            var face = base
            player.apply(to: &face, at: time, isLive: live(time))
            faces.append(face)
        }
        return faces
    }

    private func smiling(_ value: Float) -> PersonFrame {
        var frame = PersonFrame(sensed: [SensedChannels(.mouthSmileLeft)])
        frame.face[.mouthSmileLeft] = value
        return frame
    }

    @Test func aSmileIsMirroredInTheSameControlTick() {
        let faces = run(
            seconds: 3, person: { smiling($0 < 2.03 ? 0.1 : 0.9) },
            set: { engine, _ in
                engine.mirrorGain = 0.5
                engine.mirrorDelay = 0
            })
        #expect(abs(faces[202][smile] - 0.05) < 1e-4)
        #expect(abs(faces[203][smile] - 0.45) < 1e-4)
    }

    @Test func aLateMirrorIsNoReflexAndNothingIsAddedTwice() {
        for delay in [0, 0.4] {
            let faces = run(
                seconds: 4, person: { _ in smiling(0.8) },
                set: { engine, _ in
                    engine.mirrorGain = 0.5
                    engine.mirrorDelay = delay
                })
            #expect(abs(faces[350][smile] - 0.4) < 1e-3, "\(delay)")
        }
    }

    @Test func whatHigherLayersCoverIsNotMirrored() {
        let faces = run(
            seconds: 4, person: { _ in smiling(0.8) },
            set: { engine, time in
                engine.mirrorGain = 1
                engine.mirrorDelay = 0
                guard abs(time - 1) < 1e-9 else { return }
                engine.play(
                    .expression([.mouthSmileRight: 0.1], attack: 0.2, hold: 1, release: 0.2), layer: Layer.expression,
                    owner: "a")
            })
        #expect(abs(faces[90][smile] - 0.8) < 1e-3)
        #expect(abs(faces[170][smile] - 0.1) < 1e-3)
        #expect(abs(faces[390][smile] - 0.8) < 1e-3)
    }

    @Test func nobodyThereIsNotMirroredAndGoesSmoothly() {
        let faces = run(
            seconds: 3, person: { $0 < 2 ? smiling(0.9) : nil },
            set: { engine, _ in
                engine.mirrorGain = 1
                engine.mirrorDelay = 0
            })
        #expect(abs(faces[199][smile] - 0.9) < 1e-3 && faces[240][smile] == 0)
        #expect(zip(faces, faces.dropFirst()).allSatisfy { abs($1[smile] - $0[smile]) < 0.05 })
    }

    @Test func blinksAreSeenInFullAtTheControlTick() {
        let faces = run(
            seconds: 60, person: { _ in nil },
            set: { engine, _ in
                engine.setHabits(isOn: true, blinkRate: 20)
            })
        var longest = 0
        var peaks = 0
        var length = 0
        for face in faces {
            if face[lid] > 0 {
                length += 1
                longest = max(longest, length)
            } else {
                if length > 0 { peaks += 1 }
                length = 0
            }
        }
        // A blink takes 0.25 s: 25 ticks; in a minute there are about twenty.
        #expect(longest >= 23 && longest <= 26 && peaks >= 16 && peaks <= 24)
        #expect(faces.contains { $0[lid] > 0.98 })
    }

    @Test func underAFallbackReflexesLetGo() {
        let faces = run(
            seconds: 4, person: { _ in smiling(0.9) }, live: { $0 < 2 },
            set: { engine, _ in
                engine.mirrorGain = 1
                engine.mirrorDelay = 0
            })
        #expect(faces[190][smile] > 0.89 && faces[230][smile] < 0.01)
    }

    @Test func thePersonIsHeldInViewWithinHalfASecond() {
        var person = PersonFrame(sensed: [.headX])
        person.face.head.x = -0.16
        let faces = run(
            seconds: 6, person: { $0 > 2 ? person : nil },
            set: { engine, _ in
                engine.setHabits(isOn: true, blinkRate: 0)
                engine.habits.looksAway = false
            })
        // 0.16 m to their right is the robot's left: 0.2 rad, of which the head takes half.
        let head = FaceChannels.firstHead
        #expect(abs(faces[590].values[head] - 0.1) < 0.005)
        #expect(faces[290].values[head] > 0.07 && abs(faces[195].values[head]) < 1e-6)
    }
}
