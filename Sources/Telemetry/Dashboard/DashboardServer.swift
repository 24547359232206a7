import Dispatch
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// The web server of one robot's dashboard: a page, its settings and nothing else. It lives on threads of its own and
/// touches no tick; what the page shows comes over MQTT.
public final class DashboardServer: Sendable {
    /// Why it cannot be served there.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case taken(DashboardAddress)
        case cannotListen(DashboardAddress, reason: String)

        public var description: String {
            switch self {
            case .taken(let address):
                "the dashboard's port is taken: \(address); name another with --dashboard, or none with --dashboard none"
            case .cannotListen(let address, let reason):
                "the dashboard cannot be served at \(address): \(reason); name another address with --dashboard"
            }
        }
    }

    /// Where it is served, with the port that it has.
    public let address: DashboardAddress
    public let token: DashboardToken?
    private let server: HTTPServer
    private let task: Task<Void, Never>
    private let executor: ServerExecutor

    /// Opens the port and serves until closed. An address that others can reach gets a token, and so does a page that is
    /// told a password or comes to its broker through here.
    public init(
        _ page: DashboardPage, files: DashboardFiles, at address: DashboardAddress = .standard,
        token: DashboardToken? = nil
    ) throws {
        let pool = PatientPool(HTTPServer.defaultPool())
        var tunnel: BrokerTunnel?
        if case .behind(let host, let port, let security) = page.broker {
            tunnel = BrokerTunnel(host: host, port: port, security: security, pool: pool)
        }
        let isOpen = address.isLoopback && page.password == nil && tunnel == nil
        let token = token ?? (isOpen ? nil : DashboardToken())
        // The responder must know the port, which is known once the server listens.
        let late = LateHandler()
        let server = HTTPServer(
            address: try address.socketAddress(), timeout: 10, pool: pool,
            logger: .disabled, handler: late)
        let outcome = Outcome()
        // Whoever waits below may keep one of the shared threads: the server needs none of them.
        let executor = ServerExecutor()
        self.executor = executor
        task = Task.detached(executorPreference: executor) {
            do { try await server.run() } catch { outcome.set(.failure(error)) }
        }
        Task.detached(executorPreference: executor) {
            // FlyingFox's own way to wait needs a shared thread.
            while !outcome.isKnown {
                if let socket = await server.listeningAddress { outcome.set(.success(socket)) }
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        var bound = address
        switch outcome.wait() {
        case .success(.ip4(_, let port)), .success(.ip6(_, let port)): bound.port = port
        case .success: break
        case .failure(SocketError.failed(_, EADDRINUSE, _)): throw Failure.taken(address)
        case .failure(SocketError.failed(_, _, let message)):
            throw Failure.cannotListen(address, reason: message)
        case .failure(let error): throw Failure.cannotListen(address, reason: error.localizedDescription)
        }
        late.handler = DashboardResponder(files: files, page: page, token: token, address: bound, tunnel: tunnel)
        self.address = bound
        self.token = token
        self.server = server
    }

    /// The address to open in a browser.
    public var url: String {
        let host = address.isEvery ? Self.machineName : address.urlHost
        return "http://\(host):\(address.port)/" + (token.map { "?token=\($0.text)" } ?? "")
    }

    /// Stops serving.
    public func close() {
        task.cancel()
        let done = DispatchSemaphore(value: 0)
        Task.detached(executorPreference: executor) { [server] in
            await server.stop()
            done.signal()
        }
        _ = done.wait(timeout: .now() + 2)
    }

    private static var machineName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Answers once there is who answers.
private final class LateHandler: HTTPHandler {
    private let slot = Mutex<DashboardResponder?>(nil)

    var handler: DashboardResponder? {
        get { slot.withLock { $0 } }
        set { slot.withLock { $0 = newValue } }
    }

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await handler?.handleRequest(request) ?? HTTPResponse(statusCode: .serviceUnavailable)
    }
}

/// What became of the start; the first word counts.
private final class Outcome: Sendable {
    private let result = Mutex<Result<Socket.Address, any Error>?>(nil)
    private let known = DispatchSemaphore(value: 0)
    /// Seconds; a busy machine may leave the server's tasks waiting for a while.
    static let patience = 30.0

    func set(_ value: Result<Socket.Address, any Error>) {
        result.withLock { result in
            if result == nil { result = value }
        }
        known.signal()
    }

    var isKnown: Bool { result.withLock { $0 != nil } }

    func wait() -> Result<Socket.Address, any Error> {
        guard known.wait(timeout: .now() + Self.patience) == .success, let value = result.withLock({ $0 }) else {
            let late = Result<Socket.Address, any Error>.failure(
                SocketError.timeout(message: "no answer from the system"))
            set(late)
            return late
        }
        return value
    }
}
