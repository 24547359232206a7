import FaceKit
import Foundation
import Glibc

/// A link could not be made because something else is at its path.
public struct LinkTaken: Error, CustomStringConvertible {
    public let path: String
    public var description: String { "\(path) exists and is not a symbolic link; it was left alone" }
}

/// One line to the control socket.
private struct Request: Decodable {
    var ask: String?
    var `do`: String?
    var servo: String?
    var percent: Double?
    var milliseconds: Int?

    enum CodingKeys: String, CodingKey {
        case ask, `do`, servo, percent
        case milliseconds = "ms"
    }
}

/// A simulated robot on a pseudo-terminal, with a control socket beside it: one thread, one `poll` loop.
///
/// The control socket takes one JSON object a line and answers each with one:
/// `{"ask":"status"}` (a `SimulatorStatus`), `{"ask":"angles"}` (where hidden horns stand, degrees by name),
/// `{"ask":"path"}`, `{"ask":"quit"}`, and faults on command:
/// `{"do":"unplug"}` and `{"do":"replug"}`, which close the pseudo-terminal and open a new one behind the same link,
/// `{"do":"brown-out"}` (power off and on), `{"do":"drop","percent":1}` and `{"do":"flip","percent":1}` (of the bytes sent to
/// it; 0 ends it), `{"do":"delay","ms":20}`, and `{"do":T,"servo":NAME}` with each `ServoTrouble`.
public final class SimulatorService<Device: SimulatedDevice & ~Copyable> {
    /// The path that programs open: the link where there is one.
    public let link: String?
    public var controlPath: String { control.path }
    /// The pseudo-terminal's path, nil while unplugged.
    public var path: String? { terminal == nil ? nil : terminalPath }

    private var terminal: PseudoTerminal?
    private var terminalPath: String
    private var control: LineSocket
    private var robot: Device
    private let clock: SystemClock
    private var hasLink = false
    private var trouble = LineTrouble()
    private let horns: HiddenHorns?
    private var mustQuit = false

    public init(
        robot: consuming Device, link: String?, controlPath: String, horns: HiddenHorns? = nil,
        stops: HiddenStops? = nil
    ) throws {
        self.horns = horns
        let opened = try PseudoTerminal()
        let control = try LineSocket(path: controlPath)
        clock = SystemClock()
        self.robot = robot
        self.link = link
        terminalPath = opened.path
        terminal = consume opened
        self.control = consume control
        try makeLink()
        if let horns { self.robot.loosen(horns.backlash) }
        if let stops { self.robot.stop(stops.stops) }
        self.robot.advance(to: clock.now())
    }

    deinit { removeLink() }

    private func makeLink() throws {
        guard let link else { return }
        var status = stat()
        if lstat(link, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFLNK else { throw LinkTaken(path: link) }
            unlink(link)
        }
        guard symlink(terminalPath, link) == 0 else { throw PseudoTerminal.Failure(errno: errno) }
        hasLink = true
    }

    /// Removes the link that was made here, and nothing else that may be at its path.
    private func removeLink() {
        guard hasLink, let link else { return }
        unlink(link)
        hasLink = false
    }

    /// Serves until asked to quit, until `mustStop` says so, or until the parent is gone.
    ///
    /// - Parameters:
    ///   - parent: the process that must live on, nil for none.
    ///   - mustStop: looked at ten times a second, and whenever a signal interrupts the wait.
    ///   - view: called ten times a second with the newest status.
    public func run(
        parent: pid_t? = nil, mustStop: () -> Bool, view: ((SimulatorStatus) -> Void)? = nil
    ) throws {
        var nextView = clock.now()
        while !mustQuit, !mustStop() {
            if let parent, getppid() != parent { return }
            let events = Int16(robot.outbox.isEmpty ? POLLIN : POLLIN | POLLOUT)
            var interests = [pollfd(fd: terminal?.master ?? -1, events: events, revents: 0)] + control.interests
            poll(&interests, nfds_t(interests.count), trouble.wait(from: clock.now()) ?? 100)
            if interests[0].revents != 0 { exchange() }
            while let bytes = trouble.arrive(at: clock.now()) {
                bytes.withUnsafeBytes { robot.receive($0, at: clock.now()) }
            }
            if interests[1...].contains(where: { $0.revents != 0 }) { try serve() }
            if let view, clock.now() >= nextView {
                nextView = clock.now() + 100_000_000
                view(robot.status(at: clock.now()))
            }
        }
    }

    /// What the robot received and where it stands.
    public var status: SimulatorStatus { robot.status(at: clock.now()) }

    /// Reads what came down the line and sends back what was answered.
    private func exchange() {
        guard let master = terminal?.master else { return }
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            // Bounded, so that a flood on the line cannot starve the control socket.
            for _ in 0..<16 {
                let count = read(master, buffer.baseAddress, buffer.count)
                guard count > 0 else { break }
                let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                if trouble.isQuiet {
                    robot.receive(bytes, at: clock.now())
                } else {
                    trouble.send(bytes, at: clock.now())
                }
            }
        }
        if !robot.outbox.isEmpty {
            let count = write(master, robot.outbox, robot.outbox.count)
            if count > 0 { robot.outbox.removeFirst(count) }
            // Nobody reads the answers: buffers are small, the oldest are lost.
            if robot.outbox.count > 4096 { robot.outbox.removeFirst(robot.outbox.count - 4096) }
        }
    }

    private func serve() throws {
        for (client, message) in control.receiveLines() {
            guard case .line(let line) = message else { continue }
            control.reply(try answer(line), to: client)
        }
        control.flush()
    }

    private func answer(_ line: String) throws -> String {
        let request = try? JSONDecoder().decode(Request.self, from: Data(line.utf8))
        switch (request?.ask, request?.do) {
        case ("status", nil):
            return try JSONText.line(robot.status(at: clock.now()))
        case ("angles", nil):
            let servos = robot.status(at: clock.now()).servos
            return try JSONText.line(
                Dictionary(
                    servos.compactMap { servo in
                        horns?.angle(of: servo.name, at: servo.position).map { (servo.name, $0 * 180 / .pi) }
                    }, uniquingKeysWith: { first, _ in first }))
        case ("path", nil):
            break
        case ("quit", nil):
            mustQuit = true
        case (nil, "unplug"):
            terminal = nil
            removeLink()
        case (nil, "replug"):
            guard terminal == nil else { break }
            let opened = try PseudoTerminal()
            terminalPath = opened.path
            terminal = consume opened
            robot.restart()
            try makeLink()
        case (nil, "brown-out"): robot.restart()
        case (nil, "drop"): trouble.dropped = min(max(request?.percent ?? 0, 0), 100) / 100
        case (nil, "flip"): trouble.flipped = min(max(request?.percent ?? 0, 0), 100) / 100
        case (nil, "delay"): trouble.delay = Nanoseconds(min(max(request?.milliseconds ?? 0, 0), 10_000)) * 1_000_000
        case (nil, let trouble?):
            guard let fault = ServoTrouble(rawValue: trouble) else { return Self.unknown }
            guard let servo = request?.servo, robot.suffer(fault, servo: servo) else {
                return #"{"error":"expected the name of a servo that this can happen to, as \"servo\""}"#
            }
        default:
            return Self.unknown
        }
        return try JSONText.line(["path": path, "link": link, "control": controlPath])
    }

    private static var unknown: String {
        #"{"error":"expected {\"ask\":\"status|path|quit\"}, {\"do\":\"unplug|replug|brown-out\"}, "#
            + #"{\"do\":\"drop|flip\",\"percent\":N}, {\"do\":\"delay\",\"ms\":N} or "#
            + #"{\"do\":\"overheat|overload|mend|wrong-id|swap\",\"servo\":NAME}"}"#
    }
}
