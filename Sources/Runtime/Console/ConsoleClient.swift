import Foundation
import Hardware

/// A connection to a running controller's console.
public struct ConsoleClient: ~Copyable {
    /// Why a controller could not be asked.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case noneRuns(folder: String)
        case doesNotRun(robot: String, others: [String])
        case severalRun([String])
        case gone(robot: String)
        case noAnswer(robot: String)
        /// The answer is not one that this program understands.
        case strangeAnswer(robot: String)
        /// The controller understood, and says no.
        case refused(code: String, message: String)

        public var description: String {
            switch self {
            case .noneRuns(let folder): "no controller runs here (looked in \(folder)); start one with mien run"
            case .doesNotRun(let robot, let others):
                "no controller runs the robot \(robot)"
                    + (others.isEmpty
                        ? "; start one with mien run" : ", expected one of \(others.joined(separator: ", "))")
            case .severalRun(let robots):
                "several controllers run, choose one with --robot: \(robots.joined(separator: ", "))"
            case .gone(let robot): "the controller of \(robot) has gone"
            case .noAnswer(let robot): "the controller of \(robot) gave no answer"
            case .strangeAnswer(let robot): "the controller of \(robot) gave an answer that is not understood"
            case .refused(_, let message): message
            }
        }
    }

    /// The robot that the controller runs.
    public let robot: String
    private var connection: LineConnection
    private var nextNumber = 1

    /// Connects to the robot's controller; nil means the only one that runs.
    public init(robot: String?, at place: ConsolePath = ConsolePath()) throws(Failure) {
        let name = if let robot { robot } else { try Self.onlyRobot(at: place) }
        connection = try Self.connect(to: name, at: place)
        self.robot = name
    }

    private static func connect(to robot: String, at place: ConsolePath) throws(Failure) -> LineConnection {
        do {
            return try LineConnection(path: place.socket(robot: robot))
        } catch {
            throw .doesNotRun(robot: robot, others: running(at: place))
        }
    }

    /// The robots whose controllers take connections.
    public static func running(at place: ConsolePath = ConsolePath()) -> [String] {
        place.robots.filter { name in
            do {
                _ = try LineConnection(path: place.socket(robot: name))
                return true
            } catch {
                return false
            }
        }
    }

    private static func onlyRobot(at place: ConsolePath) throws(Failure) -> String {
        let robots = running(at: place)
        guard let first = robots.first else { throw .noneRuns(folder: place.folder) }
        guard robots.count == 1 else { throw .severalRun(robots) }
        return first
    }

    /// Gives a command and returns what it brought; `seconds` nil waits for ever.
    @discardableResult
    public mutating func ask(_ command: Command, within seconds: Double? = 5) throws(Failure) -> [String: Scalar] {
        try reply(to: command, within: seconds).result ?? [:]
    }

    /// How the controller stands.
    public mutating func status() throws(Failure) -> ConsoleStatus {
        guard let status = try reply(to: .status, within: 5).status else { throw .strangeAnswer(robot: robot) }
        return status
    }

    private mutating func reply(to command: Command, within seconds: Double?) throws(Failure) -> ConsoleReply {
        let number = Scalar.number(Double(nextNumber))
        nextNumber += 1
        var fields = command.fields
        fields["id"] = number
        try pass { (connection) throws(LineConnection.Failure) in try connection.send(ConsoleReply.line(fields)) }
        while true {
            let line = try nextLine(within: seconds)
            // Lines without an `ok` are events, if the client listens to them.
            guard let reply = try? JSONDecoder().decode(ConsoleReply.self, from: Data(line.utf8)) else { continue }
            guard reply.id == number || (reply.id == nil && !reply.ok) else { continue }
            if let error = reply.error { throw .refused(code: error.code, message: error.message) }
            return reply
        }
    }

    /// The next line that comes, an event's or any other.
    public mutating func nextLine(within seconds: Double?) throws(Failure) -> String {
        try pass { (connection) throws(LineConnection.Failure) in try connection.receive(within: seconds) }
    }

    private mutating func pass<Result>(
        _ body: (inout LineConnection) throws(LineConnection.Failure) -> Result
    ) throws(Failure) -> Result {
        do {
            return try body(&connection)
        } catch {
            throw error == .noAnswer ? .noAnswer(robot: robot) : .gone(robot: robot)
        }
    }
}
