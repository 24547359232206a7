import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware

/// A calibration of one robot unit: each actuator swept up and down at crawling speed, measured at rest, fitted.
///
/// One actuator at a time is driven, through the same limiter as in a run, with a tenth of its speed. What cannot be
/// measured keeps the entry it had.
public struct CalibrationRun {
    /// How carefully.
    public struct Care: Sendable {
        /// The share of the speed limits that is used where something may be in the way.
        public var speed = 0.1
        /// The share that is used between ends that are known.
        public var travel = 0.3
        /// The share of their torque that servos were told to use.
        public var torque = 1.0
        /// Points that are measured on each way.
        public var points = 13
        /// Seconds at rest before a point is measured.
        public var rest = 0.3
        /// Margin left to each limit, as a share of the range.
        public var margin = 0.02
        public init() {}
    }

    /// What became of one actuator.
    public enum Verdict: Sendable {
        case calibrated(CalibrationPlan.Result, ActuatorSweep.Finding, ActuatorSweep)
        /// It keeps the entry it had; the sentence says why.
        case kept(reason: String)
    }

    public let robot: RobotDescription
    public var nominal: Calibration
    let outputs: [any BusOutput]
    let care: Care
    let clock = SystemClock()
    private(set) var positions: [Double]
    var enabled: [Bool]
    private var limiter: MotionLimiter
    let stop: StopFlag

    /// - Parameters:
    ///   - nominal: says which angle each input means.
    ///   - outputs: the robot's buses, open.
    ///   - starts: where the actuators stand, rad.
    public init(
        robot: RobotDescription, nominal: Calibration, outputs: [any BusOutput], starts: [Double],
        care: Care = Care(), stop: StopFlag
    ) {
        self.robot = robot
        self.nominal = nominal
        self.outputs = outputs
        self.care = care
        self.stop = stop
        positions = starts
        enabled = Array(repeating: false, count: starts.count)
        limiter = Self.limiter(robot, speed: care.speed)
        limiter.reset(to: starts)
    }

    private static func limiter(_ robot: RobotDescription, speed: Double) -> MotionLimiter {
        let gentle = robot.limits.map { limit in
            MotionLimits(
                lower: limit.lower, upper: limit.upper, velocity: limit.velocity * speed,
                acceleration: limit.acceleration * speed, jerk: limit.jerk * speed) ?? limit
        }
        return MotionLimiter(limits: gentle, period: 1 / robot.controlRate)
    }

    /// Comes to rest, and uses another share of the speed limits from there on.
    mutating func pace(_ speed: Double) {
        while !limiter.isAtRest {
            let deadline = clock.now() + Nanoseconds(1e9 / robot.controlRate)
            var commanded = positions
            var span = commanded.mutableSpan
            limiter.brake(output: &span)
            positions = commanded
            send()
            clock.wait(until: deadline)
        }
        limiter = Self.limiter(robot, speed: speed)
        limiter.reset(to: positions)
    }

    /// Calibrates one actuator; it is left at its neutral, and then not driven.
    public mutating func calibrate(
        _ index: Int, meter: inout any AngleMeter, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) throws -> Verdict {
        let actuator = robot.actuators[index]
        enabled[index] = true
        defer { enabled[index] = false }
        let sweep: ActuatorSweep
        do {
            sweep = try self.sweep(index, within: actuator.rawRange, meter: &meter, progress: progress)
            move(index, to: actuator.neutral)
        } catch let failure as AngleMeterFailure {
            move(index, to: actuator.neutral)
            return .kept(reason: failure.description)
        }
        do {
            let finding = try sweep.finding(radiansPerUnit: actuator.scale.radiansPerUnit)
            let result = try CalibrationPlan.calibrated(nominal.entries[index], of: actuator, finding: finding)
            return .calibrated(result, finding, sweep)
        } catch let failure as ActuatorSweep.Failure {
            return .kept(reason: "\(actuator.name) \(failure.description)")
        } catch let failure as CalibrationPlan.Failure {
            return .kept(reason: "\(actuator.name) \(failure.description)")
        }
    }

    /// Measures where the horn stands, up and down between two raw values.
    mutating func sweep(
        _ index: Int, within reach: ClosedRange<Double>, meter: inout any AngleMeter, progress: (Int, Int) -> Void
    ) throws -> ActuatorSweep {
        let actuator = robot.actuators[index]
        let width = reach.upperBound - reach.lowerBound
        let (low, high) = (reach.lowerBound + care.margin * width, reach.upperBound - care.margin * width)
        let raws = (0..<care.points).map { low + (high - low) * Double($0) / Double(care.points - 1) }
        var measured: [Double] = []
        // Below the first point, so that the way up begins with the play taken up.
        move(index, to: actuator.scale.radians(ofRaw: reach.lowerBound))
        let way = raws + raws.reversed()
        for (number, raw) in way.enumerated() {
            if number == care.points { move(index, to: actuator.scale.radians(ofRaw: reach.upperBound)) }
            // What the servo is really told: whole steps of its bus.
            let steps = actuator.steps(ofRadians: actuator.scale.radians(ofRaw: raw))
            move(index, to: actuator.radians(ofSteps: steps))
            rest(care.rest) { _ in }
            measured.append(try holding { try meter.angle(of: index, name: actuator.name) })
            progress(number + 1, way.count)
            if stop.isRequested { throw CancellationError() }
        }
        let told = raws.map { raw in
            Double(actuator.steps(ofRadians: actuator.scale.radians(ofRaw: raw))) * actuator.scale.step
        }
        return ActuatorSweep(
            up: told.indices.map { .init(raw: told[$0], angle: measured[$0]) },
            down: told.indices.map { .init(raw: told[$0], angle: measured[way.count - 1 - $0]) })
    }

    /// Crawls to a position and stops there.
    private mutating func move(_ index: Int, to target: Double) {
        var targets = positions
        targets[index] = target
        move(to: targets) { _ in }
    }

    /// Crawls all actuators to their targets, rad, and stops there; `eachStep` is called after every control period.
    mutating func move(to targets: [Double], eachStep: ([Double]) throws -> Void) rethrows {
        var deadline = clock.now()
        for _ in 0..<Int(120 * robot.controlRate) {
            step(targets, then: &deadline)
            try eachStep(positions)
            let isThere = zip(positions, targets).allSatisfy { abs($0 - $1) < 1e-6 }
            if limiter.isAtRest, isThere || stop.isRequested { return }
        }
    }

    /// Says the last targets again and again while something takes its time: a bus that falls silent may let go.
    public func holding<Result>(_ body: () throws -> Result) rethrows -> Result {
        let (outputs, positions, enabled, clock) = (outputs, positions, enabled, clock)
        let period = UInt32(1e6 / robot.controlRate)
        let (isDone, ended) = (StopFlag(), DispatchSemaphore(value: 0))
        let keeper = Thread {
            while !isDone.isRequested {
                for output in outputs { output.send(positions.span, enabled: enabled.span, at: clock.now()) }
                usleep(period)
            }
            ended.signal()
        }
        keeper.name = "hold"
        keeper.start()
        defer {
            isDone.request()
            ended.wait()
        }
        return try body()
    }

    mutating func rest(_ seconds: Double, eachStep: ([Double]) throws -> Void) rethrows {
        let targets = positions
        var deadline = clock.now()
        for _ in 0..<max(1, Int(seconds * robot.controlRate)) {
            step(targets, then: &deadline)
            try eachStep(positions)
        }
    }

    /// One control period: a step, sent, and the wait for the next. After a late one there is no hurry: steps that follow
    /// each other faster would move the servos faster.
    private mutating func step(_ targets: [Double], then deadline: inout Nanoseconds) {
        let period = Nanoseconds(1e9 / robot.controlRate)
        if clock.now() > deadline + period { deadline = clock.now() }
        defer {
            deadline += period
            clock.wait(until: deadline)
        }
        var commanded = positions
        var span = commanded.mutableSpan
        _ = limiter.step(targets: targets.span, output: &span)
        positions = commanded
        send()
    }

    private func send() {
        for output in outputs { output.send(positions.span, enabled: enabled.span, at: clock.now()) }
    }
}
