import ArgumentParser
import Motion

/// What a user may turn on the generated motion, the same for `mien run` and both of `mien generate`.
struct ControlOptions: ParsableArguments {
    @Option(help: "Size of expression and head motion around the neutral, 0 (still) to 2 (twice).")
    var intensity: Float = 1

    @Option(
        help: """
            How much chance, 0 (the likeliest) to 2: times the listener's sampling temperature and the spread of what \
            the idler starts from.
            """)
    var liveliness: Float = 1

    func validate() throws {
        for (name, value) in [("intensity", intensity), ("liveliness", liveliness)]
        where !MotionControls.range.contains(value) {
            throw ValidationError("--\(name) takes a number from 0 to 2, not \(value).")
        }
    }

    var motion: MotionControls { MotionControls(intensity: intensity, liveliness: liveliness) }
}
