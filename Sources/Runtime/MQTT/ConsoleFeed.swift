import Actuation
import FaceKit
import Foundation
import Hardware
import Synchronization
import Telemetry

/// A running controller as a bridge sees it: the console's parts and what the ticks leave in their slots.
final class ConsoleFeed: RobotFeed {
    let identity: RobotIdentity
    private let console: Console
    private let observation: Observation
    let robot: RobotDescription
    private let authority: Command.Authority
    private let person: PersonInbox?
    /// The landmarks of a face, metres, head pose applied.
    let landmarks: @Sendable (FaceFrame) -> LandmarkFrame
    /// What `info` says beside the identity: keys and names of scripts, expressions, parameters.
    let abilities: [Payload.Member]

    // What was seen last.
    private(set) var status = ConsoleStatus()
    private(set) var run = RunStatus()
    private(set) var motion: MotionView?
    private(set) var reports: [ServoReport?] = []
    private(set) var answered: ConsoleStatus.Motion?
    private var earlier = RunStatus()
    private var schedulerSeconds = -1.0
    private var nextQuestion: Nanoseconds = .min
    private var nextReports: Nanoseconds = .min
    private var worstLateness: Int64 = 0

    // Commands on their way.
    private let answers = CommandAnswers()
    private var pending: [Int: Pending] = [:]
    private var nextTicket = 0
    private let onAnswer: @Sendable () -> Void
    /// Seconds after which the motion tick is taken not to answer.
    static let patience = 1.0
    /// Seconds that the disk has to begin or end a recording.
    static let filePatience = 4.0
    private var now: Nanoseconds = 0

    private struct Pending {
        let id: Scalar?
        let seconds: Double
        let deadline: Nanoseconds
        let answer: (Payload, Bool) -> Void
    }

    init(
        console: Console, observation: Observation, robot: RobotDescription, identity: RobotIdentity,
        abilities: [Payload.Member], authority: Command.Authority, person: PersonInbox?,
        landmarks: @escaping @Sendable (FaceFrame) -> LandmarkFrame, onAnswer: @escaping @Sendable () -> Void
    ) {
        self.console = console
        self.observation = observation
        self.robot = robot
        self.authority = authority
        self.person = person
        self.landmarks = landmarks
        self.abilities = abilities
        self.onAnswer = onAnswer
        var identity = identity
        identity.verbs = Set(Command.brokerSpecifications.filter { $0.authority <= authority }.map(\.name))
        self.identity = identity
        status.robot = console.robot
    }

    // MARK: Looking

    func refresh(at now: Nanoseconds) {
        self.now = now
        if let newest = observation.control.take() {
            run = newest
            worstLateness = max(worstLateness, newest.worstLateness)
            status.read(newest)
        }
        if let newest = observation.motion.take() { motion = newest }
        if now >= nextReports {
            nextReports = now + 100_000_000
            reports = observation.reports(count: robot.actuators.count)
        }
        if now >= nextQuestion {
            nextQuestion = now + 250_000_000
            console.commands.put(.status) { _ in }
        }
        answered = console.motionStatus
        deliverAnswers()
    }

    func payload(of topic: Topic) -> Payload? {
        switch topic {
        case .info: info
        case .state: state
        case .person: personPayload
        case .face: facePayload
        case .actuators: actuators
        case .actuatorsInfo: actuatorsInfo
        case .temperatures: temperatures
        case .scheduler: takeScheduler()
        case .scripts: scripts
        case .layers: layers
        default: nil
        }
    }

    /// Figures since the call before.
    private func takeScheduler() -> Payload? {
        guard run.seconds > schedulerSeconds else { return nil }
        schedulerSeconds = run.seconds
        defer {
            earlier = run
            worstLateness = 0
        }
        return scheduler(since: earlier, worstLateness: worstLateness)
    }

    /// The file that a recording goes to, without its folder.
    var recording: Payload {
        console.recordings.current.map { .text(($0 as NSString).lastPathComponent) } ?? .null
    }

    func takeNotes() -> (notes: [RobotNote], dropped: Int) {
        let (events, droppedEvents) = observation.events.take()
        let (lines, droppedLines) = observation.lines.take()
        return (
            events.map { RobotNote(.event, Payload($0)) } + lines.map { RobotNote(.log, logLine($0)) },
            droppedEvents + droppedLines
        )
    }

    private func logLine(_ line: ConsoleEvent) -> Payload {
        [
            "t_s": .number(run.seconds, decimals: 3), "level": line.facts["level"].map(Payload.init) ?? .null,
            "message": line.facts["message"].map(Payload.init) ?? .null,
        ]
    }

    // MARK: Commands

    func perform(_ verb: String, payload: [UInt8], answer: @escaping (Payload, Bool) -> Void) {
        var fields: [String: Scalar] = [:]
        if !payload.isEmpty {
            guard let decoded = try? JSONDecoder().decode([String: Scalar].self, from: Data(payload)) else {
                return answer(Self.answer(nil, .failure(.notAnObject)), true)
            }
            fields = decoded
        }
        var id = fields.removeValue(forKey: "id")
        // Something long is no name for a request and does not come back.
        if case .text(let text)? = id, text.utf8.count > 200 { id = nil }
        do throws(Command.Problem) {
            guard Command.brokerSpecifications.contains(where: { $0.name == verb }) else { throw .unknownCommand(verb) }
            if let other = fields["command"], other != .text(verb) {
                throw .unknownKey("command", command: verb, known: [])
            }
            fields["command"] = .text(verb)
            let command = try Command(fields: fields)
            let needed = command.specification.authority
            guard needed <= authority else { throw .notAllowed(command: verb, authority: needed) }
            let known = command.specification.brokerFields.map(\.key)
            if let key = fields.keys.sorted().first(where: { $0 != "command" && !known.contains($0) }) {
                throw .unknownKey(key, command: verb, known: known)
            }
            perform(command, id, answer)
        } catch {
            answer(Self.answer(id, .failure(error)), true)
        }
    }

    private func perform(_ command: Command, _ id: Scalar?, _ answer: @escaping (Payload, Bool) -> Void) {
        switch command {
        case .emergencyStop:
            console.stop.press(.message)
            answer(Self.answer(id, .success([:])), false)
        case .clear:
            console.stop.clearByOperator()
            answer(Self.answer(id, .success([:])), false)
        case .startRecording:
            queue(id, seconds: Self.filePatience, answer) { [desk = console.recordings] in desk.start(nil, answer: $0) }
        case .stopRecording:
            queue(id, seconds: Self.filePatience, answer) { [desk = console.recordings] in desk.stop(answer: $0) }
        default:
            queue(id, seconds: Self.patience, answer) { [commands = console.commands] in
                commands.put(command, answer: $0)
            }
        }
    }

    /// - Parameter give: hands the command over, with where its answer goes.
    private func queue(
        _ id: Scalar?, seconds: Double, _ answer: @escaping (Payload, Bool) -> Void,
        give: (@escaping CommandQueue.Answer) -> Void
    ) {
        let ticket = nextTicket
        nextTicket += 1
        pending[ticket] = Pending(id: id, seconds: seconds, deadline: now + Nanoseconds(seconds * 1e9), answer: answer)
        let answers = answers
        let onAnswer = onAnswer
        give { result in
            answers.put((ticket, result))
            onAnswer()
        }
    }

    private func deliverAnswers() {
        for (ticket, result) in answers.take() {
            guard let request = pending.removeValue(forKey: ticket) else { continue }
            if case .success = result {
                request.answer(Self.answer(request.id, result), false)
            } else {
                request.answer(Self.answer(request.id, result), true)
            }
        }
        for (ticket, request) in pending where now > request.deadline {
            pending[ticket] = nil
            request.answer(Self.answer(request.id, .failure(.noAnswer(seconds: request.seconds))), true)
        }
    }

    private static func answer(_ id: Scalar?, _ result: Result<[String: Scalar], Command.Problem>) -> Payload {
        var members: [Payload.Member] = []
        if let id { members.append(.init("id", Payload(id))) }
        switch result {
        case .success(let facts):
            members.append(.init("ok", true))
            if !facts.isEmpty { members.append(.init("result", Payload(facts))) }
        case .failure(let problem):
            members.append(.init("ok", false))
            members.append(
                .init("error", ["code": .text(problem.code), "message": .text("\(problem)")]))
        }
        return .object(members)
    }

    func takePerson(_ payload: [UInt8]) -> Bool { person?.put(payload) ?? false }
}

extension Command.Authority: Comparable {
    private var rank: Int {
        switch self {
        case .anybody: 0
        case .steering: 1
        case .operator: 2
        }
    }

    public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }
}

extension Payload {
    /// A plain value of a command or an event.
    init(_ scalar: Scalar) {
        switch scalar {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .number(let value):
            if let whole = Int(exactly: value) { self = .integer(whole) } else { self = .number(value, decimals: 6) }
        case .text(let text): self = .text(text)
        }
    }

    init(_ facts: [String: Scalar]) {
        self = .object(facts.sorted { $0.key < $1.key }.map { Member($0.key, Payload($0.value)) })
    }

    /// An event as the console writes it: its name, its time, then its facts.
    init(_ event: ConsoleEvent) {
        self = .object(
            [Member("event", .text(event.name)), Member("seconds", .number(event.seconds, decimals: 3))]
                + event.facts.sorted { $0.key < $1.key }.map { Member($0.key, Payload($0.value)) })
    }
}
