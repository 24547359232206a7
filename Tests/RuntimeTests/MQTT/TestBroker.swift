import Actuation
import FaceKit
import Foundation
import Glibc
import Hardware
import Synchronization
import Testing

@testable import Runtime
@testable import Telemetry

/// A real mosquitto on a port that stays its own over deaths and returns.
final class TestBroker {
    let port: Int
    let folder: String
    private var child: ChildProcess?

    /// - Parameter configuration: lines of `mosquitto.conf` beside the listener; `FOLDER` is the broker's folder.
    init(_ configuration: [String] = ["allow_anonymous true"], files: [String: String] = [:]) throws {
        var template = Array("/tmp/mien-test-broker-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = try Self.freePort()
        for (name, text) in files { try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8) }
        let user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
        let lines = [
            "user \(user)", "persistence false", "set_tcp_nodelay true", "log_dest none", "listener \(port) 127.0.0.1",
        ]
        let text = (lines + configuration).joined(separator: "\n").replacing("FOLDER", with: folder)
        try (text + "\n").write(toFile: folder + "/mosquitto.conf", atomically: true, encoding: .utf8)
        try start()
    }

    deinit {
        child?.end()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var address: BrokerAddress { get throws { try BrokerAddress("mqtt://127.0.0.1:\(port)") } }

    func start() throws {
        child = try ChildProcess("/usr/sbin/mosquitto", ["-c", folder + "/mosquitto.conf"], inGroupOfItsOwn: true)
        for _ in 0..<6000 {
            if isOpen { return }
            usleep(5000)
        }
        Issue.record("mosquitto did not start")
    }

    /// Death without a word, as by the kernel.
    func kill() {
        guard let child else { return }
        Glibc.kill(child.number, SIGKILL)
        while child.isRunning { usleep(1000) }
        self.child = nil
    }

    func pause() { if let child { Glibc.kill(child.number, SIGSTOP) } }
    func resume() { if let child { Glibc.kill(child.number, SIGCONT) } }

    private var isOpen: Bool {
        let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(made) }
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static let handedOut = Mutex(0)

    /// A port that nobody listens on, below those that the system hands out to whoever connects: a test that kills its
    /// broker finds its port free when it comes back.
    static func freePort() throws -> Int {
        for _ in 0..<200 {
            let number = handedOut.withLock { handed in
                handed += 1
                return handed
            }
            let port = 20_000 + (Int(getpid()) * 61 + number * 7) % 12_000
            let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            defer { close(made) }
            var address = loopback(port)
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isBound { return port }
        }
        throw NoPort()
    }

    private struct NoPort: Error {}
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    return address
}

/// A second client on the broker that keeps what it hears.
final class Watcher {
    private let client: MosquittoClient
    private(set) var heard: [BrokerMessage] = []
    private(set) var losses: [BrokerLoss] = []
    private(set) var isConnected = false

    init(_ address: BrokerAddress, security: BrokerSecurity = BrokerSecurity(), name: String = "watcher") {
        client = MosquittoClient(address: address, security: security, clientID: name)
    }

    func open(_ version: BrokerProtocol = .five) {
        client.open(speaking: version, will: BrokerMessage("watcher/will", []))
    }

    func turn() {
        for event in client.turn() {
            switch event {
            case .connected:
                isConnected = true
                client.subscribe("#", quality: 1, retained: .wanted)
            case .message(let message): heard.append(message)
            case .lost(let loss):
                isConnected = false
                losses.append(loss)
            }
        }
    }

    func publish(_ topic: String, _ text: String, retained: Bool = false) {
        client.publish(BrokerMessage(topic, Array(text.utf8), quality: 1, isRetained: retained))
    }

    func forget() { heard = [] }

    /// The newest payload heard on a topic, as text.
    func last(_ topic: String) -> String? { heard.last { $0.topic == topic }?.text }
}

/// A robot's bridge with a console and no controller behind it, turned by the test.
final class BridgeStand {
    let console: Console
    let loop: BridgeLoop
    let observation = Observation()
    private(set) var changes: [BrokerLoss?] {
        get { box.changes }
        set { box.changes = newValue }
    }
    private let box = Box()

    private final class Box { var changes: [BrokerLoss?] = [] }

    init(
        _ address: BrokerAddress, security: BrokerSecurity = BrokerSecurity(), authority: Command.Authority = .steering,
        person: PersonInbox? = nil, options: BridgeOptions = BridgeOptions()
    ) throws {
        console = Console(robot: "stand", observation: observation)
        let robot = try RobotDescription(path: ShippedRobot.path)
        let feed = ConsoleFeed(
            console: console, observation: observation, robot: robot,
            identity: RobotIdentity(name: "stand", type: robot.name, version: "0"), abilities: [],
            authority: authority, person: person, landmarks: { _ in LandmarkFrame() }, onAnswer: {})
        var options = options
        options.takesPerson = person != nil
        loop = BridgeLoop(feed: feed, address: address, security: security, options: options) { [box] in
            box.changes.append($0)
        }
    }

    /// Turns itself and others until something is so; false when it is not within half a minute.
    func until(_ watcher: Watcher? = nil, seconds: Double = 30, _ isSo: () -> Bool) -> Bool {
        let clock = SystemClock()
        let deadline = clock.now() + Nanoseconds(seconds * 1e9)
        while clock.now() < deadline {
            loop.turn(at: clock.now())
            watcher?.turn()
            if isSo() { return true }
            usleep(1000)
        }
        return isSo()
    }

    /// A watcher that is connected.
    func watcher(_ address: BrokerAddress, name: String = "watcher") -> Watcher {
        let watcher = Watcher(address, name: name)
        watcher.open()
        _ = until(watcher) { watcher.isConnected }
        return watcher
    }
}

enum ShippedRobot {
    static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Robots/maestro-face-23.yaml").path
}
