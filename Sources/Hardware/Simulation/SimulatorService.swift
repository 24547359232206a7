import FaceKit
import Foundation
import Glibc

/// A simulated robot on a pseudo-terminal, with a control socket beside it: one thread, one `poll` loop.
///
/// The control socket takes one JSON object a line and answers each with one:
/// `{"ask":"status"}` (a `SimulatorStatus`), `{"ask":"path"}`, `{"ask":"quit"}`, and for tests `{"do":"unplug"}` and
/// `{"do":"replug"}`, which close the pseudo-terminal and open a new one behind the same link.
public final class SimulatorService {
    /// A link could not be made because something else is at its path.
    public struct LinkTaken: Error, CustomStringConvertible {
        public let path: String
        public var description: String { "\(path) exists and is not a symbolic link; it was left alone" }
    }

    private struct Request: Decodable {
        var ask: String?
        var `do`: String?
    }

    /// The path that programs open: the link where there is one.
    public let link: String?
    public var controlPath: String { control.path }
    /// The pseudo-terminal's path, nil while unplugged.
    public var path: String? { terminal == nil ? nil : terminalPath }

    private var terminal: PseudoTerminal?
    private var terminalPath: String
    private var control: ControlSocket
    private var robot: SimulatedMaestro
    private let clock: SystemClock
    private var hasLink = false
    private var mustQuit = false

    public init(robot: consuming SimulatedMaestro, link: String?, controlPath: String) throws {
        let opened = try PseudoTerminal()
        let control = try ControlSocket(path: controlPath)
        clock = SystemClock()
        self.robot = robot
        self.link = link
        terminalPath = opened.path
        terminal = consume opened
        self.control = consume control
        try makeLink()
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
            poll(&interests, nfds_t(interests.count), 100)
            if interests[0].revents != 0 { exchange() }
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
                robot.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: clock.now())
            }
        }
        if !robot.outbox.isEmpty {
            let count = write(master, robot.outbox, robot.outbox.count)
            if count > 0 { robot.outbox.removeFirst(count) }
            // Nobody reads the answers: the board's buffer is small, the oldest are lost.
            if robot.outbox.count > 256 { robot.outbox.removeFirst(robot.outbox.count - 256) }
        }
    }

    private func serve() throws {
        for (client, line) in control.receiveLines() { control.reply(try answer(line), to: client) }
        control.flush()
    }

    private func answer(_ line: String) throws -> String {
        let request = try? JSONDecoder().decode(Request.self, from: Data(line.utf8))
        switch (request?.ask, request?.do) {
        case ("status", nil):
            return try Self.json(robot.status(at: clock.now()))
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
        default:
            return #"{"error":"expected {\"ask\":\"status|path|quit\"} or {\"do\":\"unplug|replug\"}"}"#
        }
        return try Self.json(["path": path, "link": link, "control": controlPath])
    }

    private static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
