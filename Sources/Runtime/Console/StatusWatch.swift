import FaceKit
import Telemetry

/// Turns what changed in the control tick's status into events.
struct StatusWatch {
    private var last: ConsoleStatus?

    mutating func changes(to status: ConsoleStatus) -> [ConsoleEvent] {
        defer { last = status }
        guard let last else { return [] }
        var events: [ConsoleEvent] = []
        func note(_ name: String, _ facts: [String: Scalar] = [:]) {
            events.append(ConsoleEvent(name, seconds: status.seconds, facts))
        }
        if status.emergencyStop != last.emergencyStop {
            if let cause = status.emergencyStop {
                note("emergency_stop", ["cause": .text(cause)])
            } else {
                note("cleared")
            }
        }
        if status.control.isLineLost != last.control.isLineLost {
            note(status.control.isLineLost ? "line_lost" : "line_returned")
        }
        if status.control.driver != last.control.driver { note("driver", ["driver": .text(status.control.driver)]) }
        if status.control.violations > last.control.violations {
            note("limit_violation", ["total": .number(Double(status.control.violations))])
        }
        return events
    }
}

extension ConsoleStatus {
    /// Takes over what the control tick reported.
    mutating func read(_ status: RunStatus) {
        seconds = status.seconds
        emergencyStop = RunStatus.stopCauses[Int(status.stopCause)]
        control.ticks = status.controlTicks
        control.lateTicks = status.lateTicks
        control.skippedPeriods = status.skippedPeriods
        control.worstLatenessUs = max(control.worstLatenessUs, Double(status.worstLateness) / 1000)
        control.framesPlayed = status.motionFrames
        control.framesMissed = status.missedFrames
        control.fallbacks = status.fallbacks
        control.interventions = status.interventions
        control.violations = status.violations
        let names = Session.driverNames
        control.driver = Int(status.driver) < names.count ? names[Int(status.driver)] : "unknown"
        control.isLineLost = status.isLineLost
    }
}
