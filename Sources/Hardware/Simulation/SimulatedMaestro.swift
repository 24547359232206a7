import Actuation
import FaceKit

/// A simulated Maestro board with servos on it: takes bytes, moves its servos as the caller's clock goes on, answers
/// questions, and judges what it is asked to do against the robot's limits.
public struct SimulatedMaestro: ~Copyable, SimulatedDevice {
    /// One servo on the board.
    public struct Servo: Equatable, Sendable {
        public var name: String
        public var channel: UInt8
        public var limits: RawLimits
        /// Where its shaft stands at power-up, µs.
        public var start: Double

        public init(name: String, channel: UInt8, limits: RawLimits, start: Double) {
            self.name = name
            self.channel = channel
            self.limits = limits
            self.start = start
        }
    }

    /// How frames are put on the time axis; see `MotionWatch`.
    public enum Timing: Equatable, Sendable {
        /// Every frame is one control period after the one before.
        case lockStep
        /// Frames may have been replaced on their way; the time between arrivals bounds how many.
        case arrival
    }

    public let servos: [Servo]
    private let period: Nanoseconds
    private let timing: Timing
    private var parser: MaestroParser
    private var channels: [SimulatedServo]
    private var servoOfChannel: [Int?]
    private var watch: MotionWatch
    private var digest = ByteDigest()
    private var clock: Nanoseconds?
    // The frame that is coming in: which servos it has addressed so far, and since when.
    private var addressed: [Bool]
    private var addressedCount = 0
    private var frameArrival: Nanoseconds = 0

    /// Answers to be sent back, oldest byte first; the caller empties it.
    public var outbox: [UInt8] = []

    /// The board of one bus of a robot; its servos stand at neutral.
    public init(
        robot: RobotDescription, bus: Int, settings: RobotDescription.Bus.Maestro, timing: Timing = .arrival
    ) {
        let servos = robot.actuators(onBus: bus).map { index in
            let actuator = robot.actuators[index]
            return Servo(
                name: actuator.name, channel: UInt8(actuator.channel),
                limits: RawLimits(actuator),
                start: actuator.neutralRaw)
        }
        let period = Nanoseconds((1e9 / robot.controlRate).rounded())
        self.init(
            servos: servos, channelCount: settings.channels,
            framing: MaestroFraming(deviceNumber: settings.device, hasCRC: settings.crc), period: period,
            timing: timing)
    }

    /// - Parameters:
    ///   - channelCount: channels of the board, 6 to 24.
    ///   - period: the sender's control period.
    public init(
        servos: [Servo], channelCount: Int = 24, framing: MaestroFraming = .init(),
        period: Nanoseconds = 10_000_000, timing: Timing = .arrival
    ) {
        self.servos = servos
        self.period = period
        self.timing = timing
        parser = MaestroParser(framing: framing, channelCount: channelCount)
        channels = (0..<channelCount).map { _ in SimulatedServo(position: 1500) }
        servoOfChannel = Array(repeating: nil, count: channelCount)
        for (index, servo) in servos.enumerated() where Int(servo.channel) < channelCount {
            channels[Int(servo.channel)] = SimulatedServo(position: servo.start)
            servoOfChannel[Int(servo.channel)] = index
        }
        watch = MotionWatch(limits: servos.map(\.limits), period: Double(period) / 1e9)
        addressed = Array(repeating: false, count: servos.count)
    }

    // MARK: - Time and bytes

    /// Moves the servos on to an instant; one that is not later changes nothing.
    public mutating func advance(to now: Nanoseconds) {
        let step = Nanoseconds(SimulatedServo.step * 1e9)
        guard var time = clock else {
            clock = now
            return
        }
        while time + step <= now {
            time += step
            for channel in channels.indices { channels[channel].advance() }
        }
        clock = time
    }

    /// Takes bytes that arrived at an instant.
    public mutating func receive(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        advance(to: now)
        digest.update(bytes)
        for byte in bytes {
            guard let command = parser.receive(byte) else { continue }
            obey(command, at: now)
        }
    }

    public mutating func receive(_ bytes: [UInt8], at now: Nanoseconds) {
        bytes.withUnsafeBytes { receive($0, at: now) }
    }

    /// Power off and on again: servos stay where they stand but get no pulses, half a command is forgotten.
    public mutating func restart() {
        for channel in channels.indices { channels[channel].setTarget(0) }
        parser.reset()
        outbox.removeAll()
        addressed = addressed.map { _ in false }
        addressedCount = 0
        watch.restart()
    }

    private mutating func obey(_ command: MaestroCommand, at now: Nanoseconds) {
        switch command {
        case .setTarget(let channel, let target):
            set(Int(channel), target, at: now)
        case .setMultipleTargets(let first, let targets):
            for (offset, target) in targets.enumerated() { set(Int(first) + offset, target, at: now) }
        case .setSpeed(let channel, let speed):
            channels[Int(channel)].boardSpeed = speed
        case .setAcceleration(let channel, let acceleration):
            channels[Int(channel)].boardAcceleration = acceleration
        case .getPosition(let channel):
            answer(UInt16(((channels[Int(channel)].pulse ?? 0) * 4).rounded()))
        case .getMovingState:
            outbox.append(channels.contains(where: \.isMoving) ? 1 : 0)
        case .getErrors:
            answer(parser.takeErrors().rawValue)
        case .goHome:
            // Home is the board's factory setting: no pulses.
            for channel in channels.indices { channels[channel].setTarget(0) }
            watch.restart()
        }
    }

    private mutating func answer(_ word: UInt16) {
        outbox.append(UInt8(word & 0xFF))
        outbox.append(UInt8(word >> 8))
    }

    // MARK: - Frames

    private mutating func set(_ channel: Int, _ target: UInt16, at now: Nanoseconds) {
        if let servo = servoOfChannel[channel] {
            if addressed[servo] { closeFrame() }
            if addressedCount == 0 { frameArrival = now }
            addressed[servo] = true
            addressedCount += 1
        }
        channels[channel].setTarget(target)
        if addressedCount == servos.count, addressedCount > 0 { closeFrame() }
    }

    /// Judges the frame that came in. It is complete when every servo was addressed, or one a second time.
    private mutating func closeFrame() {
        let targets = servos.map { servo in
            let target = channels[Int(servo.channel)].target
            return target == 0 ? Double.nan : Double(target) / 4
        }
        watch.observe(targets, arrival: timing == .arrival ? frameArrival : nil)
        for index in addressed.indices { addressed[index] = false }
        addressedCount = 0
    }

    public mutating func loosen(_ backlash: [String: Double]) {
        for servo in servos { channels[Int(servo.channel)].backlash = backlash[servo.name] ?? 0 }
    }

    public mutating func stop(_ stops: [String: ClosedRange<Double>]) {
        for servo in servos { channels[Int(servo.channel)].stops = stops[servo.name] }
    }

    /// A Maestro knows nothing of its servos: two of them can be swapped, and that is all.
    public mutating func suffer(_ fault: ServoTrouble, servo name: String) -> Bool {
        guard fault == .swap, servos.count > 1, let index = servos.firstIndex(where: { $0.name == name }) else {
            return false
        }
        let next = (index + 1) % servos.count
        channels.swapAt(Int(servos[index].channel), Int(servos[next].channel))
        return true
    }

    // MARK: - What can be asked

    /// What was received and where the servos stand, at an instant.
    public mutating func status(at now: Nanoseconds) -> SimulatorStatus {
        advance(to: now)
        if addressedCount > 0, now - frameArrival > period { closeFrame() }
        return SimulatorStatus(
            bytes: digest.byteCount, sha256: digest.hexadecimal, commands: parser.commandCount,
            protocolErrors: parser.errorCount, frames: watch.frameCount, stretched: watch.stretchedCount,
            violations: watch.violations, violationCount: watch.violations.total,
            servos: servos.indices.map { index in
                let channel = channels[Int(servos[index].channel)]
                return SimulatorStatus.Servo(
                    name: servos[index].name, channel: Int(servos[index].channel), unit: "us",
                    isOn: channel.target > 0, target: Double(channel.target) / 4,
                    position: channel.position, travel: channel.travel,
                    lowest: channel.targetRange.map { Double($0.lowerBound) / 4 },
                    highest: channel.targetRange.map { Double($0.upperBound) / 4 },
                    minimum: servos[index].limits.minimum,
                    maximum: servos[index].limits.maximum,
                    violations: watch.violationsByServo[index])
            })
    }
}
