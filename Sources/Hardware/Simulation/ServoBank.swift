import Actuation
import FaceKit

/// The servos of one simulated line: their bodies, where each is found, and the judge of what they are told.
public struct ServoBank: ~Copyable, Sendable {
    /// One servo.
    public struct Member: Sendable {
        public let name: String
        public let channel: Int
        public let model: ServoModel?
        public let limits: RawLimits
        public var body: ServoBody
        /// The last target told.
        public var target: Double?
        public var targetRange: ClosedRange<Double>?
        public var faults: ServoFaults = []
    }

    public var members: [Member]
    /// Which member answers to an address.
    public private(set) var placeOfAddress: [Int: Int]
    private let unit: String
    private let period: Nanoseconds
    private let timing: SimulatedMaestro.Timing
    private var watch: MotionWatch
    private var digest = ByteDigest()
    private var clock: Nanoseconds?
    private var addressed: [Bool]
    private var addressedCount = 0
    private var frameArrival: Nanoseconds = 0
    /// Whether a frame says only what has changed: then frames are told apart by their instants.
    private let saysChangesOnly: Bool

    /// The servos of a robot's bus, standing at neutral.
    public init(
        robot: RobotDescription, bus: Int, timing: SimulatedMaestro.Timing, saysChangesOnly: Bool = false
    ) {
        self.saysChangesOnly = saysChangesOnly
        let actuators = robot.actuators(onBus: bus).map { robot.actuators[$0] }
        members = actuators.map { actuator in
            Member(
                name: actuator.name, channel: actuator.channel, model: actuator.model, limits: RawLimits(actuator),
                // Faster than it is ever told to go, as a servo chosen for the job is.
                body: ServoBody(
                    position: actuator.neutralRaw,
                    fastest: 1.5 * actuator.limits.velocity / actuator.scale.radiansPerUnit))
        }
        placeOfAddress = Dictionary(actuators.enumerated().map { ($1.channel, $0) }) { first, _ in first }
        unit = actuators.first?.scale.unit.rawValue ?? ""
        period = Nanoseconds((1e9 / robot.controlRate).rounded())
        self.timing = timing
        watch = MotionWatch(limits: members.map(\.limits), period: Double(period) / 1e9)
        addressed = Array(repeating: false, count: members.count)
    }

    // MARK: - Time

    public mutating func advance(to now: Nanoseconds) {
        let step = Nanoseconds(ServoBody.step * 1e9)
        guard var time = clock else {
            clock = now
            return
        }
        while time + step <= now {
            time += step
            for place in members.indices { members[place].body.advance() }
        }
        clock = time
    }

    mutating func count(_ bytes: UnsafeRawBufferPointer) { digest.update(bytes) }

    /// Nobody is driven any more.
    public mutating func restart() {
        for place in members.indices {
            members[place].body.goal = nil
            members[place].target = nil
            members[place].faults = []
        }
        addressed = addressed.map { _ in false }
        addressedCount = 0
        watch.restart()
    }

    // MARK: - Targets

    /// A member is told where to go, or, by nil, to be free.
    public mutating func set(_ place: Int, _ target: Double?, at now: Nanoseconds) {
        if saysChangesOnly {
            closeFrames(before: now)
        } else {
            if addressed[place] { closeFrame() }
            if addressedCount == 0 { frameArrival = now }
        }
        addressed[place] = true
        addressedCount += 1
        members[place].target = target
        if let target {
            let range = members[place].targetRange ?? target...target
            members[place].targetRange = min(range.lowerBound, target)...max(range.upperBound, target)
        }
        if addressedCount == members.count, !saysChangesOnly { closeFrame() }
    }

    /// Judges the frame that came in before, and that nothing changed in the periods since.
    private mutating func closeFrames(before now: Nanoseconds) {
        guard addressedCount > 0 else {
            frameArrival = now
            return
        }
        let periods = (now - frameArrival + period / 2) / period
        guard periods > 0 else { return }
        closeFrame()
        // What stood still for a second has no past that matters.
        for silent in 1..<max(1, min(periods, Nanoseconds(100))) {
            watch.observe(judged, arrival: timing == .arrival ? frameArrival + silent * period : nil)
        }
        frameArrival = now
    }

    private var judged: [Double] { members.map { $0.body.goal == nil ? .nan : $0.target ?? .nan } }

    /// Judges the frame that came in. It is complete when every servo was addressed, or one a second time.
    private mutating func closeFrame() {
        watch.observe(judged, arrival: timing == .arrival ? frameArrival : nil)
        for place in addressed.indices { addressed[place] = false }
        addressedCount = 0
    }

    // MARK: - Trouble

    mutating func loosen(_ backlash: [String: Double]) {
        for place in members.indices { members[place].body.backlash = backlash[members[place].name] ?? 0 }
    }

    mutating func stop(_ stops: [String: ClosedRange<Double>]) {
        for place in members.indices { members[place].body.stops = stops[members[place].name] }
    }

    /// Lets trouble come over the member of that name.
    ///
    /// - Parameter reports: whether servos say how they are. Hobby servos do not: they can be swapped, and blocked unseen.
    /// - Returns: false where there is no such servo or it cannot suffer so.
    mutating func suffer(_ trouble: ServoTrouble, servo name: String, reports: Bool) -> Bool {
        guard let place = members.firstIndex(where: { $0.name == name }) else { return false }
        switch trouble {
        case .overload: members[place].body.isBlocked = true
        case .mend:
            members[place].body.heat(to: 25)
            members[place].body.isBlocked = false
        case .swap: return readdress(trouble, servo: name)
        case .overheat where reports: members[place].body.heat(to: 90)
        case .wrongID where reports: return readdress(trouble, servo: name)
        case .overheat, .wrongID: return false
        }
        return true
    }

    /// The member of that name is found at another address now, or has changed places with the next one.
    private mutating func readdress(_ trouble: ServoTrouble, servo name: String) -> Bool {
        guard let place = members.firstIndex(where: { $0.name == name }),
            let address = placeOfAddress.first(where: { $0.value == place })?.key
        else { return false }
        if trouble == .wrongID {
            placeOfAddress[address] = nil
            var free = address
            repeat { free += 1 } while placeOfAddress[free] != nil
            placeOfAddress[free] = place
            return true
        }
        let next = (place + 1) % members.count
        guard next != place, let other = placeOfAddress.first(where: { $0.value == next })?.key else { return false }
        placeOfAddress[address] = next
        placeOfAddress[other] = place
        return true
    }

    // MARK: - What can be asked

    mutating func status(at now: Nanoseconds, commands: Int, errors: Int) -> SimulatorStatus {
        advance(to: now)
        if addressedCount > 0, now - frameArrival > period { closeFrame() }
        return SimulatorStatus(
            bytes: digest.byteCount, sha256: digest.hexadecimal, commands: commands, protocolErrors: errors,
            frames: watch.frameCount, stretched: watch.stretchedCount, violations: watch.violations,
            violationCount: watch.violations.total,
            servos: members.indices.map { place in
                let member = members[place]
                return SimulatorStatus.Servo(
                    name: member.name, channel: member.channel, unit: unit, isOn: member.body.goal != nil,
                    target: member.target ?? 0, position: member.body.position, travel: member.body.travel,
                    lowest: member.targetRange?.lowerBound, highest: member.targetRange?.upperBound,
                    minimum: member.limits.minimum, maximum: member.limits.maximum,
                    violations: watch.violationsByServo[place], temperature: member.body.temperature,
                    faults: member.faults.names)
            })
    }
}
