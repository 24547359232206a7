import Foundation

extension RunSummary {
    /// The summary as people read it, one thing a line.
    public var text: String {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        var lines: [String] = []
        let speed = isVirtual && wallSeconds > 0 ? ", \(number(seconds / wallSeconds, 1)) times real time" : ""
        lines.append("ran \(number(seconds, 1)) s\(speed), seed \(seed), \(kernels) kernels, \(realTime)")
        lines.append(
            "control  \(control.ticks) ticks at \(number(control.rateHz, 0)) Hz, \(control.late) late, "
                + "\(control.skippedPeriods) periods skipped")
        lines.append(
            "motion   \(motion.suhmoFrames) SUHMo and \(motion.sfmsFrames) SFMS frames, \(motion.personFrames) with a "
                + "person; \(motion.played) played, \(motion.missed) missed, \(motion.late) late, "
                + "\(motion.notFinite) not finite, \(motion.frozen) frozen, \(motion.failed) failed; "
                + "\(motion.fallbacks) fallbacks over \(motion.fallbackTicks) ticks")
        if let failure = motion.failure { lines.append("         last failure: \(failure)") }
        lines.append(
            "limits   \(limits.interventions) interventions (\(limits.held) held by velocity, acceleration or jerk, "
                + "\(limits.outOfRange) out of range, \(limits.notFinite) not finite), \(limits.violations) violations")
        for bus in buses {
            lines.append(
                "bus      \(bus.name) on \(bus.port): \(bus.bytes) bytes in \(bus.frames) frames, \(bus.overwritten) "
                    + "overwritten, lost \(bus.timesLost) times")
            lines.append("         sha256 \(bus.sha256)")
        }
        if let simulator {
            lines.append(
                "robot    the simulator received \(simulator.bytes) bytes, saw \(simulator.servosMoved) servos move, "
                    + "\(simulator.violations) limit violations, \(simulator.errors) protocol errors")
        }
        if let recording {
            lines.append(
                "record   \(recording.file): \(recording.messages) messages in \(recording.bytes) bytes, "
                    + "\(recording.dropped) dropped" + (recording.failure.map { "; ended early: \($0)" } ?? ""))
        }
        if let startToFirstByteMs {
            lines.append("start    first servo byte after \(number(startToFirstByteMs, 0)) ms")
        }
        lines.append("stage                 p50 µs    p99 µs    max µs")
        for stage in Stage.allCases {
            guard let figures = stages[stage.name] else { continue }
            lines.append(
                stage.name.padding(toLength: 18, withPad: " ", startingAt: 0)
                    + [figures.median, figures.percentile99, figures.largest].map { value in
                        String(format: "%10.1f", value)
                    }.joined())
        }
        return lines.joined(separator: "\n")
    }
}
