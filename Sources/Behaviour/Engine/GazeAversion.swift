import FaceKit

/// When and where somebody in a conversation looks away: mostly to the side, for a second or two.
///
/// Times are normal with the means and deviations of Andrist 2013: while listening 1.14 s (0.27) every 7.21 s (1.88), while
/// speaking 1.96 s every 4.75 s, while thinking 3.54 s (1.26). 57.5 % go to the side, the rest up or down.
public struct GazeAversion: Sendable {
    public struct Look: Sendable, Equatable {
        /// rad.
        public let yaw: Float
        public let pitch: Float
        public let seconds: Double
    }

    private let random: CounterRandom
    private var number: UInt32 = 0
    /// When the next begins; drawn when it is first asked for.
    private var due: Double?
    private var mode = Habits.Mode.idle

    init(seed: UInt64) { random = CounterRandom(seed: seed, system: .behaviour, stream: 0x6761_7A65) }

    private static func figures(_ mode: Habits.Mode) -> (length: (Double, Double), gap: (Double, Double)) {
        switch mode {
        case .idle, .listening: ((1.14, 0.27), (7.21, 1.88))
        case .speaking: ((1.96, 0.32), (4.75, 1.39))
        case .thinking: ((3.54, 1.26), (0.3, 0.1))
        }
    }

    private func draw(_ figures: (Double, Double), _ number: UInt32, _ draw: UInt32) -> Double {
        max(figures.0 * 0.3, figures.0 + figures.1 * Double(random.normal(frame: number, draw: draw)))
    }

    /// A look away, if one begins now; while `isHeld` it waits.
    mutating func step(_ time: Double, mode now: Habits.Mode, isHeld: Bool) -> Look? {
        if due == nil || (now != mode && now == .thinking) {
            due = time + draw(Self.figures(now).gap, number, 0)
        }
        mode = now
        guard let due, time >= due, !isHeld else { return nil }
        number += 1
        let seconds = draw(Self.figures(now).length, number, 2)
        self.due = time + seconds + draw(Self.figures(now).gap, number, 0)
        let side: Float = random.uniform(frame: number, draw: 16) < 0.5 ? -1 : 1
        let size = 0.16 + 0.10 * random.uniform(frame: number, draw: 17)
        if random.uniform(frame: number, draw: 18) < 0.575 {
            return Look(yaw: side * size, pitch: 0, seconds: seconds)
        }
        // Up while thinking, either way else; a little to the side as well.
        let down: Float = now == .thinking || random.uniform(frame: number, draw: 19) < 0.5 ? -1 : 1
        return Look(yaw: side * size * 0.3, pitch: down * size * 0.7, seconds: seconds)
    }

    /// No look away begins within two seconds from `time`: somebody else moves eyes or head.
    mutating func postpone(to time: Double) {
        if let due, due < time + 2 { self.due = time + 2 }
    }
}
