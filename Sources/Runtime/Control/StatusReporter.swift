import FaceKit
import Telemetry

/// Hands the dashboards a status at an interval, from the control thread: a copy into a slot, nothing more.
struct StatusReporter {
    private let interval: Nanoseconds
    private var next: Nanoseconds = 0
    private var worst: Nanoseconds = 0
    private let motionPeriod: Nanoseconds
    private var latenessTimes = TickHistogram()
    private var tickTimes = TickHistogram()
    private var lastFrame = -1
    private var latency: Nanoseconds = 0

    init(interval: Nanoseconds, motionPeriod: Nanoseconds) {
        self.interval = interval
        self.motionPeriod = motionPeriod
    }

    mutating func report(
        _ pipeline: ControlPipeline, _ schedule: TickSchedule, elapsed: Nanoseconds, lateness: Nanoseconds,
        to slots: [LatestValueSlot<RunStatus>]
    ) {
        worst = max(worst, lateness)
        latenessTimes.record(lateness)
        tickTimes.record(pipeline.lastTickTime)
        let frame = pipeline.player.lastPlayedIndex
        if frame != lastFrame {
            lastFrame = frame
            latency = elapsed + lateness - Nanoseconds(frame) * motionPeriod
        }
        guard elapsed >= next else { return }
        next = elapsed + interval
        for slot in slots {
            slot.put { status in
                status.lateness = lateness
                status.worstLateness = worst
                status.latenessTimes = latenessTimes
                status.tickTimes = tickTimes
                status.latency = latency
                Self.fill(&status, pipeline, schedule, elapsed)
            }
        }
        worst = 0
    }

    private static func fill(
        _ status: inout RunStatus, _ pipeline: ControlPipeline, _ schedule: TickSchedule, _ elapsed: Nanoseconds
    ) {
        let counts = pipeline.player.counts
        status.seconds = Double(elapsed) / 1e9
        status.controlTicks = schedule.ticks
        status.lateTicks = schedule.late
        status.skippedPeriods = schedule.skipped
        status.motionFrames = counts.played
        status.missedFrames = counts.missed
        status.fallbacks = counts.fallbacks
        status.interventions = pipeline.interventions.total
        status.violations = pipeline.violations.total
        status.driver = pipeline.player.driver.rawValue
        status.stopCause = StopLatch.number(of: pipeline.emergencyStop.cause)
        status.isLineLost = pipeline.isLineLost
        status.derated = pipeline.derating.count
        let positions = pipeline.positions
        status.actuatorCount = min(positions.count, RunStatus.capacity)
        for index in 0..<status.actuatorCount { status.positions[index] = Float(positions[index]) }
    }
}
