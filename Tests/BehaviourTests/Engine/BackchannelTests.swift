import FaceKit
import Testing

@testable import Behaviour

/// When a listener nods.
@Suite struct BackchannelTests {
    /// Ten milliseconds a step, as a voice detector gives them; the times of the answers.
    private func answers(
        seconds: Double, seed: UInt64 = 1, voice: (Double) -> (isVoiced: Bool, pitch: Float?)
    ) -> [Double] {
        var trigger = BackchannelTrigger(seed: seed)
        var times: [Double] = []
        for step in 0..<Int(seconds * 100) {
            let time = Double(step) / 100
            let heard = voice(time)
            if trigger.step(time: time, isVoiced: heard.isVoiced, pitch: heard.pitch, isListening: true) != nil {
                times.append(time)
            }
        }
        return times
    }

    /// Ward and Tsukahara 2000: 110 ms of low pitch after 700 ms of speech are answered after 700 ms.
    @Test func lowPitchIsAnsweredAfterSevenTenthsOfASecond() throws {
        let times = answers(seconds: 4) { time in
            // From 2.0 s on the pitch falls below all that was before; the percentile lies at 200 Hz.
            time < 2 ? (true, 200 + Float(Int(time * 100) % 50)) : time < 2.2 ? (true, 120) : (true, 240)
        }
        // 2.00 + 0.11 + 0.70 s.
        #expect(times.count == 1)
        #expect(abs((times.first ?? 0) - 2.81) < 0.011)
    }

    @Test func tooShortADipOfThePitchIsNoCue() {
        let times = answers(seconds: 4) { time in
            time < 2 ? (true, 200 + Float(Int(time * 100) % 50)) : time < 2.1 ? (true, 120) : (true, 240)
        }
        #expect(times.isEmpty)
    }

    @Test func lowPitchRightAfterTheStartOfSpeechIsNoCue() {
        let times = answers(seconds: 6) { time in
            // Two seconds of speech teach the percentile; after three seconds of silence speech begins low.
            if time < 2 { return (true, 200 + Float(Int(time * 100) % 50)) }
            if time < 5 { return (false, nil) }
            return time < 5.2 ? (true, 120) : (true, 240)
        }
        #expect(times.isEmpty)
    }

    /// Speech of two seconds with pauses of one: the cue is 0.24 s into a pause, the answer 0.2 to 0.5 s later (Kihara).
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func pausesAreAnsweredInTime(seed: UInt64) {
        let times = answers(seconds: 120, seed: seed) { time in
            (time.truncatingRemainder(dividingBy: 3) < 2, nil)
        }
        for time in times {
            let pause = time.truncatingRemainder(dividingBy: 3) - 2
            #expect(pause >= 0.42 && pause <= 0.76)
        }
        // Two of three of the forty pauses.
        #expect(times.count > 18 && times.count < 36)
        #expect(zip(times, times.dropFirst()).allSatisfy { $1 - $0 >= 2 })
    }

    @Test func silenceAndEndlessSpeechAreNotAnswered() {
        #expect(answers(seconds: 60) { _ in (false, nil) }.isEmpty)
        #expect(answers(seconds: 60) { _ in (true, nil) }.isEmpty)
    }

    @Test func shortWordsAreNotAnswered() {
        #expect(answers(seconds: 60) { ($0.truncatingRemainder(dividingBy: 3) < 0.8, nil) }.isEmpty)
    }

    /// Kihara 2016: 55 % of bouts have one nod, 24 % two, 12 % three, 3 % four.
    @Test func boutsHaveAsManyNodsAsPeoples() {
        var counts = [0, 0, 0, 0, 0]
        var total = 0
        for seed in 1...60 as ClosedRange<UInt64> {
            var trigger = BackchannelTrigger(seed: seed)
            for step in 0..<30_000 {
                let time = Double(step) / 25
                let isVoiced = time.truncatingRemainder(dividingBy: 3) < 2
                if let nods = trigger.step(time: time, isVoiced: isVoiced, pitch: nil, isListening: true) {
                    counts[nods] += 1
                    total += 1
                }
            }
        }
        #expect(total > 5_000)
        for (nods, share) in [(2, 0.24), (3, 0.12), (4, 0.03)] {
            #expect(abs(Double(counts[nods]) / Double(total) - share) < 0.02)
        }
    }

    /// Without any sound: a mouth that moves for two seconds and rests for one.
    @Test func aSilentCameraIsEnough() {
        var engine = BehaviourEngine(frameRate: 25, seed: 3)
        var nods = 0
        var head: Float = 0
        for tick in 0..<2_500 {
            var person = PersonFrame(sensed: [SensedChannels(.jawOpen), .headPitch])
            let isSpeaking = tick % 75 < 50
            person.face[.jawOpen] = isSpeaking && tick % 5 < 2 ? 0.25 : 0.02
            engine.begin(time: Double(tick) / 25, person: person)
            nods += engine.events.count { $0.name == "backchannel" }
            head = max(head, engine.mix(FaceChannels()).values[FaceChannels.firstHead + 1])
        }
        #expect(nods >= 10 && nods <= 33)
        // The first nod of a bout goes 8 degrees down.
        #expect(head > 7 * .pi / 180)
    }
}
