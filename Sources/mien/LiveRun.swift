import ArgumentParser
import FaceKit
import Foundation
import Runtime
import Telemetry

/// A run on the machine's clock as an operator sees it: a console, a broker, a page, and a picture on the terminal.
struct LiveRun: ParsableArguments {
    @Option(
        name: .long,
        help: .init(
            "What mien status and the others call this robot. (default: the robot file's name)", valueName: "name"))
    var name: String?

    @OptionGroup(title: "A broker") var bridge: BridgeChoice

    @OptionGroup(title: "The dashboard") var dashboard: DashboardOptions

    @Option(
        name: .long,
        help: .init(
            "Where recordings go that an operator begins on the dashboard or the broker. (default: "
                + "~/.local/state/mien/recordings)", valueName: "folder"))
    var recordings: String?

    @Option(
        name: .long,
        help: .init(
            "A descriptor that somebody holds while the robot may move: its end is an emergency stop.",
            valueName: "fd"))
    var deadMan: Int32?

    @Option(
        name: .long,
        help: .init(
            "With --dead-man: the longest silence on it that is no emergency stop. (default: any)", valueName: "ms"))
    var deadManSilence: Int?

    func validate() throws {
        if let deadManSilence, deadMan == nil || !(20...60_000).contains(deadManSilence) {
            throw ValidationError("--dead-man-silence goes with --dead-man and takes 20 to 60000 ms")
        }
    }

    /// Runs a session to its end, or until `stop` is requested.
    func run(_ session: Session, seed: UInt64, stop: StopFlag, record: String?, json: Bool) throws -> RunSummary {
        let broker = try bridge.startBroker()
        defer { broker?.close() }
        let choice = try bridge.choice(seed: seed, own: broker)
        let observation = choice.map { _ in Observation() }
        let console = Console(robot: name ?? session.robot.name, observation: observation)
        console.keepRecordings(
            in: recordings.map { URL(fileURLWithPath: $0) } ?? StateFolder.url?.appendingPathComponent("recordings"))
        let server = try ConsoleServer(console)
        defer { server.close() }
        let bridge = try choice.map { choice in
            ConsoleLog.forward { observation?.log(level: $0, message: $1) }
            return try Bridge(
                choice, session: session, console: console, abilities: Abilities(home: Home.find()),
                person: session.options.remotePerson)
        }
        defer { bridge?.close() }
        let page = try dashboard.server(
            robot: console.robot, broker: choice?.address, security: choice?.security ?? BrokerSecurity(), own: broker,
            home: Home.find())
        defer { page?.close() }
        let deadManWatch = try deadMan.map { descriptor in
            try DeadMan(
                descriptor: descriptor, silence: deadManSilence.map { Nanoseconds($0) * 1_000_000 },
                stop: console.stop)
        }
        defer { deadManWatch?.finish() }
        let key = StopKey(latch: console.stop, stop: stop)
        defer { key?.finish() }
        var screen = LiveScreen(
            kind: LiveScreen.kind(json: json),
            view: RunView(
                title: "Mien  \(session.robot.name)" + (page.map { "  \($0.url)" } ?? ""), rows: session.rows,
                drivers: Session.driverNames,
                usesColour: LiveScreen.usesColour))
        let result = Result {
            try session.run(stop: stop, console: console, record: record) { status, portrait in
                screen.update(status: status, portrait: portrait)
                Thread.sleep(forTimeInterval: 0.05)
            }
        }
        screen.finish()
        return try result.get()
    }
}
