import Actuation
import FaceKit
import Glibc
import Hardware
import Logging
import Telemetry

/// The thread that speaks about a running controller on a broker, and takes commands from there.
public final class Bridge {
    /// What a user chooses.
    public struct Choice: Sendable {
        public var address: BrokerAddress
        public var security = BrokerSecurity()
        public var options = BridgeOptions()
        /// How far the broker's access list can be trusted to say who may publish commands.
        public var authority = Command.Authority.steering

        public init(address: BrokerAddress) { self.address = address }
    }

    private let stop = StopFlag()
    private let bell: Bell
    private var thread: RealTimeThread?

    /// Starts the thread; the broker may be there already, come later or never.
    ///
    /// - Parameters:
    ///   - console: of the controller that is about to run, made with an observation.
    ///   - abilities: what the robot knows by name.
    ///   - person: where a person's face from the broker goes, nil to take none.
    public init(
        _ choice: Choice, session: Session, console: Console, abilities: Abilities, person: PersonInbox? = nil
    ) throws {
        let bell = Bell()
        self.bell = bell
        let work = Work(
            choice: choice, console: console, robot: session.robot, generators: session.generators,
            abilities: abilities, person: person, bell: bell, stop: stop)
        thread = try RealTimeThread(name: "mien-mqtt") { _ in work.run() }
    }

    deinit { close() }

    /// Says goodbye to the broker, waiting a second at most, and ends the thread.
    public func close() {
        stop.request()
        bell.ring()
        if let thread = thread.take() { thread.join() }
    }
}

/// What the thread is given, and does.
private struct Work: Sendable {
    let choice: Bridge.Choice
    let console: Console
    let robot: RobotDescription
    let generators: Generators
    let abilities: Abilities
    let person: PersonInbox?
    let bell: Bell
    let stop: StopFlag
    let clock = SystemClock()

    func run() {
        // A broker that dies while TLS is written to it must not end the process.
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let loop = makeLoop()
        while !stop.isRequested { turn(loop) }
        loop.sayGoodbye()
        let deadline = clock.now() + 1_000_000_000
        while !loop.isQuiet, clock.now() < deadline { turn(loop) }
        loop.close()
    }

    private func makeLoop() -> BridgeLoop {
        var identity = RobotIdentity(name: console.robot, type: robot.name, version: Abilities.version)
        identity.gestures = abilities.gestures
        var options = choice.options
        options.takesPerson = person != nil
        let address = choice.address
        let feed = ConsoleFeed(
            console: console, observation: console.observation ?? Observation(), robot: robot, identity: identity,
            abilities: abilities.members, authority: choice.authority, person: person,
            landmarks: { [generators] in generators.portrait(of: $0).landmarks }, onAnswer: { [bell] in bell.ring() })
        return BridgeLoop(
            feed: feed, address: address, security: choice.security, options: options,
            onChange: { Self.report($0, address: address) })
    }

    /// Waits for something to do, at most a tenth of a second, and does it.
    private func turn(_ loop: BridgeLoop) {
        var interests = [pollfd(fd: bell.listener, events: Int16(POLLIN), revents: 0)] + loop.interests
        let now = clock.now()
        let milliseconds = (min(max(loop.deadline, now), now + 100_000_000) - now) / 1_000_000
        poll(&interests, nfds_t(interests.count), CInt(milliseconds + 1))
        bell.hush()
        loop.turn(at: clock.now())
    }

    private static func report(_ loss: BrokerLoss?, address: BrokerAddress) {
        let log = Logger(label: "mien.mqtt")
        guard let loss else { return log.info("mqtt: connected to \(address)") }
        log.warning("mqtt: \(address): \(loss)")
    }
}
