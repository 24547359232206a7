import FaceKit
import Glibc
import Hardware
import Synchronization

/// The console's thread: serves the control socket of one robot while it lives.
public final class ConsoleServer {
    public let path: String
    private let stop = StopFlag()
    private let bell: Bell
    private var thread: RealTimeThread?

    /// Opens the socket and starts the thread; throws when another process runs this robot.
    public init(_ console: Console, at place: ConsolePath = ConsolePath()) throws {
        let lock = try place.claim(robot: console.robot)
        path = place.socket(robot: console.robot)
        bell = console.bell
        let loop = ConsoleLoop(
            console, socket: try LineSocket(path: path, limits: ConsoleLoop.limits), lock: lock)
        let stop = stop
        thread = try RealTimeThread(name: "mien-console") { _ in
            while !stop.isRequested { loop.turn() }
        }
    }

    /// Ends the thread and removes the socket.
    public func close() {
        stop.request()
        bell.ring()
        if let thread = thread.take() { thread.join() }
    }

    deinit { close() }
}

/// The loop that the console's thread runs.
final class ConsoleLoop {
    static let limits = {
        var limits = LineSocket.Limits()
        limits.longestLine = 64 << 10
        limits.waitingOutput = 256 << 10
        return limits
    }()

    /// A request whose answer comes from the motion tick.
    private struct Pending {
        let client: LineSocket.Client
        let id: Scalar?
        let isStatus: Bool
        /// When the client is told that no answer came; nil waits as long as the client does.
        let deadline: Nanoseconds?
    }

    private let console: Console
    private var socket: LineSocket
    private let lock: InstanceLock
    private let clock: any TickClock
    private let answers = CommandAnswers()
    private var pending: [Int: Pending] = [:]
    private var nextTicket = 0
    private var listeners: [LineSocket.Client: Int] = [:]
    private var status: ConsoleStatus
    private var watch = StatusWatch()

    /// Requests of one client that may wait for their answers.
    private static let pendingPerClient = 32
    /// Seconds after which the motion tick is taken not to answer.
    private static let patience = 1.0

    init(
        _ console: Console, socket: consuming LineSocket, lock: consuming InstanceLock,
        clock: any TickClock = SystemClock()
    ) {
        self.console = console
        self.clock = clock
        self.socket = socket
        self.lock = lock
        status = ConsoleStatus()
        status.robot = console.robot
        status.process = getpid()
    }

    /// Waits for something to do, at most a tenth of a second, and does it.
    func turn() {
        var interests = [pollfd(fd: console.bell.listener, events: Int16(POLLIN), revents: 0)] + socket.interests
        poll(&interests, nfds_t(interests.count), socket.hasWaitingLines ? 0 : 100)
        console.bell.hush()
        readStatus()
        for (client, message) in socket.receiveLines(at: clock.now()) { take(message, from: client) }
        deliverAnswers()
        deliverEvents()
        socket.flush(at: clock.now())
    }

    // MARK: Requests

    private func take(_ message: LineSocket.Message, from client: LineSocket.Client) {
        status.console.requests += 1
        guard case .line(let line) = message else {
            return refuse(.tooLong(limit: Self.limits.longestLine), nil, client)
        }
        let request = ConsoleRequest(line: line)
        switch request.command {
        case .failure(let problem): refuse(problem, request.id, client)
        case .success(let command):
            guard isAllowed(command, to: client) else {
                let specification = command.specification
                let problem = Command.Problem.notAllowed(
                    command: specification.name, authority: specification.authority)
                return refuse(problem, request.id, client)
            }
            perform(command, request.id, client)
        }
    }

    /// The socket's owner is the operator; root is, too. Nobody else can open the socket, which is asked again here.
    private func isAllowed(_ command: Command, to client: LineSocket.Client) -> Bool {
        guard command.specification.authority != .anybody else { return true }
        let user = socket.user(of: client)
        return user == geteuid() || user == 0
    }

    private func perform(_ command: Command, _ id: Scalar?, _ client: LineSocket.Client) {
        switch command {
        case .emergencyStop:
            // Straight to the control tick: it waits for nothing and nobody.
            console.stop.press(.operator)
            send(ConsoleReply(id: id, result: [:]), to: client)
        case .clear:
            console.stop.clearByOperator()
            send(ConsoleReply(id: id, result: [:]), to: client)
        case .events:
            listeners[client] = 0
            send(ConsoleReply(id: id, result: [:]), to: client)
        case .startRecording(let file):
            queue(command, id, client, seconds: nil) { [desk = console.recordings] in desk.start(file, answer: $1) }
        case .stopRecording:
            queue(command, id, client, seconds: nil) { [desk = console.recordings] in desk.stop(answer: $1) }
        case .status: queue(command, id, client, seconds: Self.patience)
        case .evaluate: queue(command, id, client, seconds: nil)
        default: queue(command, id, client, seconds: Self.patience)
        }
    }

    /// - Parameter give: to whom the command goes, with where its answer goes; nil gives it to the motion tick.
    private func queue(
        _ command: Command, _ id: Scalar?, _ client: LineSocket.Client, seconds: Double?,
        give: ((Command, @escaping CommandQueue.Answer) -> Void)? = nil
    ) {
        let waiting = pending.values.count { $0.client == client }
        guard waiting < Self.pendingPerClient else { return refuse(.busy(waiting: waiting), id, client) }
        let ticket = nextTicket
        nextTicket += 1
        pending[ticket] = Pending(
            client: client, id: id, isStatus: command == .status,
            deadline: seconds.map { clock.now() + Nanoseconds($0 * 1e9) })
        let answers = answers
        let bell = console.bell
        (give ?? console.commands.put)(command) { result in
            answers.put((ticket, result))
            bell.ring()
        }
    }

    private func refuse(_ problem: Command.Problem, _ id: Scalar?, _ client: LineSocket.Client) {
        status.console.refused += 1
        send(ConsoleReply(id: id, problem: problem), to: client)
    }

    private func send(_ reply: ConsoleReply, to client: LineSocket.Client) {
        socket.reply(reply.line, to: client, at: clock.now())
    }

    // MARK: Answers

    private func deliverAnswers() {
        for (ticket, result) in answers.take() {
            // Whoever waited may have been told that no answer came.
            guard let request = pending.removeValue(forKey: ticket) else { continue }
            switch result {
            case .success where request.isStatus: sendStatus(console.motionStatus, request)
            case .success(let facts): send(ConsoleReply(id: request.id, result: facts), to: request.client)
            case .failure where request.isStatus: sendStatus(nil, request)
            case .failure(let problem): refuse(problem, request.id, request.client)
            }
        }
        let now = clock.now()
        for (ticket, request) in pending {
            if !socket.has(request.client) {
                pending[ticket] = nil
            } else if let deadline = request.deadline, now > deadline {
                pending[ticket] = nil
                if request.isStatus {
                    sendStatus(nil, request)
                } else {
                    refuse(.noAnswer(seconds: Self.patience), request.id, request.client)
                }
            }
        }
    }

    private func sendStatus(_ motion: ConsoleStatus.Motion?, _ request: Pending) {
        status.motion = motion
        send(ConsoleReply(id: request.id, status: status), to: request.client)
    }

    // MARK: Status and events

    private func readStatus() {
        guard let newest = console.controlStatus.take() else { return }
        status.read(newest)
        for event in watch.changes(to: status) { console.events.post(event) }
    }

    private func deliverEvents() {
        let (events, dropped) = console.events.take()
        status.console.eventsDropped += dropped
        guard !listeners.isEmpty, !events.isEmpty || dropped > 0 || listeners.values.contains(where: { $0 > 0 }) else {
            return
        }
        let lines = events.map { ConsoleReply.line($0) }
        for (client, missed) in listeners {
            guard socket.has(client) else {
                listeners[client] = nil
                continue
            }
            var missed = missed + dropped
            if missed > 0, send(dropped: missed, to: client) { missed = 0 }
            for line in lines where missed > 0 || !socket.reply(line, to: client, isDroppable: true, at: clock.now()) {
                missed += 1
                status.console.eventsDropped += 1
            }
            listeners[client] = missed
        }
    }

    private func send(dropped count: Int, to client: LineSocket.Client) -> Bool {
        let event = ConsoleEvent("dropped", seconds: status.seconds, ["count": .number(Double(count))])
        return socket.reply(ConsoleReply.line(event), to: client, isDroppable: true, at: clock.now())
    }
}
