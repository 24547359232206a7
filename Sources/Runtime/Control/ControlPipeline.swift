import Actuation
import Behaviour
import FaceKit
import Hardware
import Telemetry

/// One control tick from the newest motion frame to the buses: play, retarget, limit, encode.
///
/// Everything it needs is allocated here; a tick allocates nothing and takes no lock. It belongs to one thread.
public final class ControlPipeline {
    public private(set) var times = StageTimes()
    public private(set) var player: MotionPlayer
    private var reflexes: ReflexPlayer
    /// Where a person's face comes from without waiting for a motion tick; nil where motion frames bring it.
    private let reflexInput: LatestValueSlot<PersonFrame>?
    private var seesDirectly = false
    public private(set) var interventions = MotionLimiter.Interventions()
    /// The machine's time when the first frame was handed to a bus.
    public private(set) var firstSend: Nanoseconds?
    /// Nanoseconds that the newest tick took.
    public private(set) var lastTickTime: Nanoseconds = 0
    /// Whether any bus is lost just now.
    public private(set) var isLineLost = false

    private let slot: LatestValueSlot<MotionPacket>
    private var retargeter: Retargeter
    private var backlash: BacklashCompensator
    private var limiter: MotionLimiter
    private var monitor: LimitMonitor
    private var wakeUp: WakeUp
    /// Latched by a broken limit or from outside; while it is, every actuator brakes and holds.
    public private(set) var emergencyStop = EmergencyStop()
    private let stop: StopLatch
    /// Violations that an operator has seen and cleared.
    private var clearedViolations = 0
    /// What heat and load take away.
    public private(set) var derating: Derating
    private let derates: Bool
    private let neutral: [Double]
    /// Who is told that the tick still ticks.
    public var notifier: SystemdNotifier?
    private let buses: [any BusOutput]
    private let count: Int
    /// Which actuators have torque: awake, and not too hot.
    private let enabled: UnsafeMutableBufferPointer<Bool>
    private let targets: UnsafeMutableBufferPointer<Double>
    private let outputs: UnsafeMutableBufferPointer<Double>
    private let resumed: UnsafeMutableBufferPointer<Double>
    /// What buses said of their servos, for the tap: whether anything, °C, load, rad.
    private let strains: UnsafeMutableBufferPointer<Double>
    private let stopwatch = SystemClock()
    /// Who is shown each tick.
    public var tap: (any RunTap)?
    private var moment = ControlMoment()

    /// - Parameters:
    ///   - slot: where motion puts its frames.
    ///   - neutral: the channels of the relaxed face, which the fallback eases to.
    ///   - framePeriod, period: of the motion and the control tick.
    ///   - stop: where the emergency stop is pressed and cleared from outside.
    ///   - metric: which faces are near each other, for robots that cannot show every face.
    public init(
        robot: RobotDescription, calibration: Calibration, buses: [any BusOutput], slot: LatestValueSlot<MotionPacket>,
        neutral: FaceChannels, framePeriod: Nanoseconds, period: Nanoseconds, wakeUp: WakeUp,
        stop: StopLatch = StopLatch(), metric: FaceMetric = .coefficients,
        reflexInput: LatestValueSlot<PersonFrame>? = nil
    ) {
        // What this unit's mechanism allows, where that is less than its type's.
        let robot = robot.narrowed(by: calibration)
        self.reflexInput = reflexInput
        self.slot = slot
        self.stop = stop
        self.buses = buses
        self.wakeUp = wakeUp
        player = MotionPlayer(neutral: neutral, framePeriod: framePeriod)
        retargeter = Retargeter(robot: robot, calibration: calibration, metric: metric)
        backlash = BacklashCompensator(robot: robot, calibration: calibration)
        count = robot.actuators.count
        let seconds = Double(period) / 1e9
        reflexes = ReflexPlayer(period: seconds, framePeriod: Double(framePeriod) / 1e9)
        limiter = MotionLimiter(limits: robot.limits, period: seconds)
        let starts = wakeUp.starts.map(\.position)
        limiter.reset(to: starts)
        monitor = LimitMonitor(limits: robot.limits, period: seconds)
        // The first tick may already move: what it is compared with is where the actuators stand.
        for index in starts.indices { monitor.start(index, at: limiter.position(index)) }
        derating = Derating(count: count, rule: robot.protection, period: seconds)
        derates = robot.buses.contains { $0.kind.measures }
        self.neutral = retargeter.neutral
        enabled = .allocate(capacity: count)
        enabled.initialize(repeating: false)
        targets = .allocate(capacity: count)
        outputs = .allocate(capacity: count)
        resumed = .allocate(capacity: count)
        strains = .allocate(capacity: derates ? 4 * count : 0)
        strains.initialize(repeating: 0)
        targets.initialize(repeating: 0)
        _ = outputs.initialize(from: starts)
        resumed.initialize(repeating: 0)
    }

    deinit {
        enabled.deallocate()
        targets.deallocate()
        outputs.deallocate()
        resumed.deallocate()
        strains.deallocate()
    }

    /// Commanded positions, radians, in the robot file's order.
    public var positions: UnsafeBufferPointer<Double> { UnsafeBufferPointer(outputs) }

    /// Outputs of the limiter beyond a limit, as the independent monitor counts them.
    public var violations: LimitMonitor.Violations { monitor.violations }

    /// Lets go of motion: the face eases to neutral from here on.
    public func settle(at elapsed: Nanoseconds) {
        moment.settles = true
        player.settle(at: elapsed)
    }

    /// Nanoseconds that settling takes, the limiter's own delay included.
    public var settleTime: Nanoseconds { player.easeTime + 500_000_000 }

    /// Runs the tick that is due `elapsed` nanoseconds after the start, at `now` on the run's clock.
    public func tick(elapsed: Nanoseconds, now: Nanoseconds, lateness: Nanoseconds) {
        let began = stopwatch.now()
        times.record(.controlLateness, nanoseconds: lateness)
        let packet = slot.take()
        moment.frame = packet?.index
        var channels = player.play(at: elapsed, packet: packet)
        if let packet {
            reflexes.take(packet.orders)
            // What comes by itself is newer than what a motion frame brings, but for nobody being there any more.
            if !seesDirectly || packet.person == nil { reflexes.see(packet.person) }
        }
        if let person = reflexInput?.take() {
            moment.person = person
            seesDirectly = true
            reflexes.see(person)
        }
        let isLive = player.driver != .fallback && player.driver != .settling
        reflexes.apply(to: &channels, at: Double(elapsed) / 1e9, isLive: isLive)
        let played = stopwatch.now()
        times.record(.play, nanoseconds: played - began)
        var targetSpan = targets.mutableSpan
        retargeter.targets(of: channels, landmarkShare: Double(player.landmarkShare), into: &targetSpan)
        backlash.lead(&targetSpan)
        let retargeted = stopwatch.now()
        times.record(.retarget, nanoseconds: retargeted - played)
        limit()
        let limited = stopwatch.now()
        times.record(.limit, nanoseconds: limited - retargeted)
        for bus in buses { bus.send(outputs.span, enabled: enabled.span, at: now) }
        let sent = stopwatch.now()
        times.record(.encode, nanoseconds: sent - limited)
        lastTickTime = sent - began
        times.record(.controlTick, nanoseconds: lastTickTime)
        if firstSend == nil { firstSend = sent }
        notifier?.tick(at: elapsed)
        if tap != nil { show(elapsed, now, lateness) }
    }

    private func show(_ elapsed: Nanoseconds, _ now: Nanoseconds, _ lateness: Nanoseconds) {
        moment.elapsed = elapsed
        moment.began = now
        moment.lateness = lateness
        moment.driver = player.driver
        moment.stopCause = StopLatch.number(of: emergencyStop.cause)
        tap?.controlTick(
            moment,
            ControlNumbers(
                wanted: UnsafeBufferPointer(targets), commanded: positions, resumed: UnsafeBufferPointer(resumed),
                strains: UnsafeBufferPointer(strains)))
        moment = ControlMoment()
    }

    private func limit() {
        _ = wakeUp.step()
        for index in 0..<count { enabled[index] = wakeUp.enabled[index] }
        if derates { derate() }
        for index in 0..<count where !enabled[index] { targets[index] = outputs[index] }
        holdLostBuses()
        readStop()
        var outputSpan = outputs.mutableSpan
        if emergencyStop.isLatched {
            limiter.brake(output: &outputSpan)
        } else {
            interventions += limiter.step(targets: targets.span, output: &outputSpan)
        }
        monitor.check(outputs.span)
        // The monitor shares no code with the limiter: if it ever disagrees, the face stops rather than goes on.
        if violations.total > clearedViolations, !emergencyStop.isLatched { emergencyStop.press(.limitViolation) }
    }

    /// Takes away what heat and load cost; an actuator that was let go starts again from where it hangs.
    private func derate() {
        for bus in buses {
            for index in bus.actuators {
                let strain = bus.strain(of: index)
                note(strain, index)
                let (share, wasReleased, isReleased) = derating.step(index, strain)
                if targets[index].isFinite {
                    targets[index] = neutral[index] + share * (targets[index] - neutral[index])
                }
                if isReleased {
                    enabled[index] = false
                } else if wasReleased, let position = strain?.position, position.isFinite {
                    limiter.reset(index, to: Double(position))
                    monitor.start(index, at: Double(position))
                }
            }
        }
    }

    private func note(_ strain: Derating.Strain?, _ index: Int) {
        strains[4 * index] = strain == nil ? 0 : 1
        strains[4 * index + 1] = Double(strain?.temperature ?? 0)
        strains[4 * index + 2] = Double(strain?.load ?? 0)
        strains[4 * index + 3] = Double(strain?.position ?? 0)
    }

    private func readStop() {
        let wasLatched = emergencyStop.isLatched
        moment.stop = stop.update(&emergencyStop)
        if wasLatched, !emergencyStop.isLatched { clearedViolations = violations.total }
    }

    /// Actuators of a lost bus hold; when it is back they go on from what it last carried in full.
    private func holdLostBuses() {
        isLineLost = false
        for (place, bus) in buses.enumerated() {
            switch bus.state {
            case .open, .closed:
                continue
            case .lost:
                isLineLost = true
                moment.lostBuses |= 1 << UInt64(place)
                for actuator in bus.actuators { targets[actuator] = outputs[actuator] }
            case .returned:
                guard bus.resume(into: resumed) else { continue }
                moment.returnedBuses |= 1 << UInt64(place)
                for actuator in bus.actuators {
                    limiter.reset(actuator, to: resumed[actuator])
                    monitor.start(actuator, at: resumed[actuator])
                }
            }
        }
    }
}

extension ControlPipeline {
    /// What the control thread did, to be read after it ended.
    public struct Report: Sendable {
        public var counts: MotionPlayer.Counts
        public var interventions: MotionLimiter.Interventions
        public var violations: LimitMonitor.Violations
        public var firstSend: Nanoseconds?
        public var times: StageTimes
        /// Positions last commanded, radians.
        public var positions: [Double]
    }

    public var report: Report {
        Report(
            counts: player.counts, interventions: interventions, violations: violations, firstSend: firstSend,
            times: times, positions: Array(positions))
    }
}
