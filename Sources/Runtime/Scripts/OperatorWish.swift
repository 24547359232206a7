import Behaviour
import FaceKit

/// What an operator wants of the face as a whole, before any script: which of the generators may be seen.
struct OperatorWish {
    enum Mode: String, CaseIterable {
        /// The generators take turns as the person comes and goes.
        case auto
        /// Never listens.
        case idle
        /// Neither generator is seen: the relaxed face, and what scripts and gestures lay over it.
        case neutral

        fileprivate var shares: (idle: Float, listening: Float) {
            switch self {
            case .auto: (1, 1)
            case .idle: (1, 0)
            case .neutral: (0, 0)
            }
        }
    }

    var mode = Mode.auto
    /// How much of each generator may be seen just now, 0 to 1.
    private(set) var shares: (idle: Float, listening: Float) = (1, 1)
    /// Seconds that a change of the mode takes.
    private static let change: Float = 1.5

    /// Moves on by one frame.
    mutating func step(_ seconds: Float) {
        let most = seconds / Self.change
        shares.idle += min(max(mode.shares.idle - shares.idle, -most), most)
        shares.listening += min(max(mode.shares.listening - shares.listening, -most), most)
    }
}

/// A number of the behaviour that an operator may set while it runs.
struct BehaviourParameter: Sendable {
    let name: String
    let range: ClosedRange<Double>
    let set: @Sendable (inout BehaviourEngine, Double) -> Void

    static let all = [
        BehaviourParameter(name: "blink_rate", range: 1...60) { engine, value in
            engine.setHabits(isOn: engine.habits.isOn, blinkRate: value)
        },
        BehaviourParameter(name: "habits", range: 0...1) { engine, value in
            engine.setHabits(isOn: value >= 0.5, blinkRate: engine.habits.blinkRate)
        },
        BehaviourParameter(name: "mirror_delay_s", range: 0...2) { $0.mirrorDelay = $1 },
        BehaviourParameter(name: "mirror_gain", range: 0...1) { $0.mirrorGain = Float($1) },
    ]
}
