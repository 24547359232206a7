import FaceKit

/// When a listener nods, from the speaker's voice or, without one, from the speaker's moving face.
///
/// With a pitch the rule is Ward and Tsukahara's (2000): pitch below its 26th percentile for 110 ms, after at least 700 ms of
/// speech, with no answer in the last 800 ms, is answered after 700 ms. Without a pitch a pause of 240 ms after at least
/// 1.2 s of speech is the cue, and the nod comes 0.2 to 0.5 s later (Kihara 2016), for two cues out of three. Two nods are at
/// least 2 s apart. How many nods a bout has is drawn from Kihara's counts.
public struct BackchannelTrigger: Sendable {
    static let refractory = 2.0

    private let random: CounterRandom
    private var number: UInt32 = 0
    private var speechBegan: Double?
    private var lastVoiced = -Double.infinity
    private var lastAnswer = -Double.infinity
    private var lowSince: Double?
    private var isPauseUsed = true
    /// When the answer to a cue is due.
    private var due: Double?
    private var pitches = PitchMemory()

    init(seed: UInt64) { random = CounterRandom(seed: seed, system: .behaviour, stream: 0x6E6F_6473) }

    mutating func reset() { (speechBegan, lowSince, due, isPauseUsed) = (nil, nil, nil, true) }

    /// Takes one frame of what is heard or seen; the number of nods if a bout begins now. `pitch` in Hz, nil where none is
    /// sensed.
    public mutating func step(time: Double, isVoiced: Bool, pitch: Float?, isListening: Bool) -> Int? {
        if isVoiced {
            // Gaps of less than 200 ms belong to speech.
            if speechBegan == nil || time - lastVoiced > 1 { speechBegan = time }
            lastVoiced = time
            isPauseUsed = false
        }
        let spoken = speechBegan.map { lastVoiced - $0 } ?? 0
        if isVoiced, let pitch {
            hearPitch(pitch, time: time, spoken: spoken)
        } else if pitch == nil, !pitches.isUsed {
            seePause(time: time, spoken: spoken)
        }
        guard let due, time >= due - 1e-9 else { return nil }
        self.due = nil
        guard isListening, time - lastAnswer >= Self.refractory else { return nil }
        lastAnswer = time
        return bout()
    }

    private mutating func hearPitch(_ pitch: Float, time: Double, spoken: Double) {
        pitches.append(pitch)
        guard let low = pitches.lowBound, pitch < low else {
            lowSince = nil
            return
        }
        let since = lowSince ?? time
        lowSince = since
        guard due == nil, time - since >= 0.11 - 1e-9, spoken >= 0.7, time - lastAnswer >= 0.8 else { return }
        due = time + 0.7
        lowSince = nil
    }

    private mutating func seePause(time: Double, spoken: Double) {
        guard !isPauseUsed, due == nil, time - lastVoiced >= 0.24 - 1e-9, spoken >= 1.2 else { return }
        isPauseUsed = true
        number += 1
        guard random.uniform(frame: number, draw: 0) < 2.0 / 3 else { return }
        due = time + 0.2 + 0.3 * Double(random.uniform(frame: number, draw: 1))
    }

    /// 1: 55 %, 2: 24 %, 3: 12 %, 4: 3 % (Kihara 2016); the rest counts as one.
    private func bout() -> Int {
        let draw = random.uniform(frame: number, draw: 2)
        return draw < 0.24 ? 2 : draw < 0.36 ? 3 : draw < 0.39 ? 4 : 1
    }

    /// The last pitches of a speaker, for the 26th percentile.
    private struct PitchMemory: Sendable {
        private var values: [Float] = []
        private var next = 0
        private static let capacity = 500

        var isUsed: Bool { !values.isEmpty }

        mutating func append(_ pitch: Float) {
            if values.count < Self.capacity { values.append(pitch) } else { values[next] = pitch }
            next = (next + 1) % Self.capacity
        }

        /// Nil until a second of speech has been heard.
        var lowBound: Float? {
            guard values.count >= 25 else { return nil }
            return values.sorted()[Int(Float(values.count - 1) * 0.26)]
        }
    }
}
