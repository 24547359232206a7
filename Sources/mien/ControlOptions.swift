import ArgumentParser
import Behaviour
import Motion

/// What a user may turn on the generated motion, the same for `mien run` and both of `mien generate`.
struct ControlOptions: ParsableArguments {
    @Option(
        help: """
            Size of the expression and head motion that generators make, around the neutral, 0 (still) to 2 (twice, \
            beyond what people do). A generator's own lids blink as they do at any but 0.
            """)
    var intensity: Float = 1

    @Option(
        help: """
            How much chance, 0 (calm) to 2: of the listener the temperature of which expression comes next. Of the \
            idler it is how far apart its runs begin, which hardly shows. A calm listener blinks less by itself, too.
            """)
    var liveliness: Float = 1

    @Option(
        help: "Blinks a minute, 0 to 60. (default: the generator's own; in mien run as people blink in each mode)")
    var blinkRate: Double?

    func validate() throws {
        if let blinkRate, !BlinkGenerator.rates.contains(blinkRate) {
            throw ValidationError("--blink-rate takes a number from 0 to 60, not \(blinkRate).")
        }
        for (name, value) in [("intensity", intensity), ("liveliness", liveliness)]
        where !MotionControls.range.contains(value) {
            throw ValidationError("--\(name) takes a number from 0 to 2, not \(value).")
        }
    }

    var motion: MotionControls { MotionControls(intensity: intensity, liveliness: liveliness) }
}

/// The mirror, for commands that have a person.
struct MirrorOption: ParsableArguments {
    @Option(help: "How much of the person's expression shows on the face, as in a mirror, 0 to 1.")
    var mirrorGain: Float = 0

    func validate() throws {
        guard MirrorReflex.gains.contains(mirrorGain) else {
            throw ValidationError("--mirror-gain takes a number from 0 to 1, not \(mirrorGain).")
        }
    }
}

/// Whether SUHMo runs its pair, for commands that run it.
struct PairOption: ParsableArguments {
    @Flag(
        help: """
            Run one sample instead of a pair: half the work. Weights that were trained with pairs, as those that ship, \
            then move wider than people and drift.
            """)
    var cheap = false
}
