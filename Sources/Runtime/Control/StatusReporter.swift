import FaceKit
import Telemetry

/// Hands the dashboards a status at an interval, from the control thread: a copy into a slot, nothing more.
struct StatusReporter {
    private let interval: Nanoseconds
    private var next: Nanoseconds = 0
    private var worst: Nanoseconds = 0

    init(interval: Nanoseconds) { self.interval = interval }

    mutating func report(
        _ pipeline: ControlPipeline, _ schedule: TickSchedule, elapsed: Nanoseconds, lateness: Nanoseconds,
        to slot: LatestValueSlot<RunStatus>
    ) {
        worst = max(worst, lateness)
        guard elapsed >= next else { return }
        next = elapsed + interval
        let counts = pipeline.player.counts
        slot.put { status in
            status.seconds = Double(elapsed) / 1e9
            status.controlTicks = schedule.ticks
            status.lateTicks = schedule.late
            status.skippedPeriods = schedule.skipped
            status.lateness = lateness
            status.worstLateness = worst
            status.motionFrames = counts.played
            status.missedFrames = counts.missed
            status.fallbacks = counts.fallbacks
            status.interventions = pipeline.interventions.total
            status.violations = pipeline.violations.total
            status.driver = pipeline.player.driver.rawValue
            status.isLineLost = pipeline.isLineLost
            let positions = pipeline.positions
            status.actuatorCount = min(positions.count, RunStatus.capacity)
            for index in 0..<status.actuatorCount { status.positions[index] = Float(positions[index]) }
        }
        worst = 0
    }
}
