import Foundation
import Glibc

/// A simulated robot in a process of its own: `mien simulate`, started as a child and asked over its control socket.
///
/// The child ends with this object, with `terminate()`, and when this process dies.
public final class SimulatorProcess {
    /// Why the simulator could not be used.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// It ended or stayed silent instead of saying its path; `said` is what it wrote.
        case didNotStart(said: String)
        /// It did not answer a question.
        case noAnswer

        public var description: String {
            switch self {
            case .didNotStart(let said):
                "the simulated robot did not start" + (said.isEmpty ? "" : ": \(said)")
            case .noAnswer: "the simulated robot gave no answer"
            }
        }
    }

    private struct Greeting: Decodable {
        let path: String
        let link: String?
        let control: String
    }

    /// What to open as the serial port: a link that outlives the pulling of the line.
    public let port: String
    /// Where its control socket is.
    public let controlPath: String
    /// The child's process number.
    public var processIdentifier: Int32 { child.number }
    private let child: ChildProcess
    private let folder: String

    /// Starts the child and waits until its line can be opened.
    ///
    /// - Parameters:
    ///   - executable: the `mien` program, by default the running one.
    ///   - robot: the robot file.
    ///   - bus: the bus's name, nil for the robot's only one.
    public init(
        executable: String? = nil, robot: String, bus: String? = nil, hidden: UInt64? = nil,
        stops: UInt64? = nil
    ) throws {
        var template = Array(
            (NSTemporaryDirectory() as NSString).appendingPathComponent("mien-simulator-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw PseudoTerminal.Failure(errno: errno) }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.folder = folder
        port = folder + "/line"
        controlPath = folder + "/control"
        var arguments =
            ["simulate", robot, "--json", "--link", folder + "/line", "--control", folder + "/control"]
            + ["--parent-pid", String(getpid())]
        if let bus { arguments += ["--bus", bus] }
        if let hidden { arguments += ["--hidden", String(hidden)] }
        if let stops { arguments += ["--stops", String(stops)] }
        do {
            child = try ChildProcess(executable ?? Self.running, arguments)
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw Failure.didNotStart(said: String(cString: strerror(error.errno)))
        }
        guard
            let line = Self.line(from: child.output, milliseconds: 10_000),
            (try? JSONDecoder().decode(Greeting.self, from: line)) != nil
        else {
            child.end()
            let said = Self.line(from: child.complaints, milliseconds: 100) ?? Data()
            try? FileManager.default.removeItem(atPath: folder)
            throw Failure.didNotStart(said: String(decoding: said, as: UTF8.self))
        }
    }

    /// The running program.
    static var running: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/proc/self/exe"
    }

    deinit { terminate() }

    /// Asks what it received and where its servos stand.
    public func status() throws -> SimulatorStatus {
        try JSONDecoder().decode(SimulatorStatus.self, from: try ask(#"{"ask":"status"}"#))
    }

    /// Where hidden horns really stand, degrees, by servo; empty unless it hides them.
    public func angles() throws -> [String: Double] {
        try JSONDecoder().decode([String: Double].self, from: try ask(#"{"ask":"angles"}"#))
    }

    /// Pulls the line, as if its cable were pulled.
    public func unplug() throws { _ = try ask(#"{"do":"unplug"}"#) }

    /// Puts the line back.
    public func replug() throws { _ = try ask(#"{"do":"replug"}"#) }

    /// Makes something go wrong with a servo.
    public func suffer(_ trouble: ServoTrouble, servo: String) throws {
        _ = try ask(#"{"do":"\#(trouble.rawValue)","servo":"\#(servo)"}"#)
    }

    /// Whether the child still runs.
    public var isRunning: Bool { child.isRunning }

    /// Ends the child and removes its files.
    public func terminate() {
        child.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: - Lines

    /// Sends one line to the control socket and gives back the one that comes.
    private func ask(_ question: String) throws -> Data {
        do {
            var connection = try LineConnection(path: controlPath)
            try connection.send(question)
            return Data(try connection.receive(within: 5).utf8)
        } catch {
            throw Failure.noAnswer
        }
    }

    /// The next line, without its end; nil when none comes in time.
    private static func line(from descriptor: CInt, milliseconds: Int) -> Data? {
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        var line = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while DispatchTime.now() < deadline {
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&interest, 1, 100) > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            line.append(contentsOf: buffer[..<count])
            if let end = line.firstIndex(of: 0x0A) { return line[..<end] }
        }
        return nil
    }
}
