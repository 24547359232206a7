import Foundation
import Glibc
import Hardware

/// A mosquitto of one's own: on loopback, with websockets, random passwords and an access list, gone with this object or
/// this process.
public final class PrivateBroker {
    /// Why it is not there.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case notInstalled
        case portTaken(Int)
        case didNotStart(said: String)

        public var description: String {
            switch self {
            case .notInstalled: "mosquitto was not found; install it with: apt install mosquitto"
            case .portTaken(let port): "port \(port) of 127.0.0.1 is taken, name another one"
            case .didNotStart(let said): "mosquitto did not start" + (said.isEmpty ? "" : ": \(said)")
            }
        }
    }

    /// Ports of 127.0.0.1: of MQTT, and of MQTT over websockets.
    public private(set) var port: Int
    public private(set) var websockets: Int
    /// Passwords of `robot`, `operator` and `viewer`.
    public let passwords: [String: String]
    /// Holds the configuration, and each user's password in `<user>.password`; mode 700.
    public var folder: String { place.path }
    private let place: BrokerFolder
    private var child: ChildProcess?

    /// Starts it and waits until it takes connections.
    ///
    /// - Parameters:
    ///   - port, websockets: 0 for free ones.
    ///   - endsWithThread: whether the broker dies with the thread that starts it, however that ends; for a program's
    ///     main thread.
    public init(port: Int = 0, websockets: Int = 0, endsWithThread: Bool = false) throws {
        guard let program = ChildProcess.find("mosquitto"), let passwordProgram = ChildProcess.find("mosquitto_passwd")
        else {
            throw Failure.notInstalled
        }
        BrokerFolder.removeAbandoned()
        self.port = try Self.free(port)
        self.websockets = try Self.free(websockets)
        do { place = try BrokerFolder() } catch {
            throw Failure.didNotStart(said: error.description)
        }
        passwords = Dictionary(uniqueKeysWithValues: BrokerConfiguration.users.map { ($0, Self.randomPassword()) })
        do {
            try writePasswords(passwordProgram)
            try start(program, wanted: (port, websockets), endsWithThread: endsWithThread)
        } catch {
            close()
            throw error
        }
    }

    /// A port that was free a moment ago may be another's when mosquitto comes to it: then others are tried, where any will
    /// do.
    private func start(_ program: String, wanted: (port: Int, websockets: Int), endsWithThread: Bool) throws {
        var tries = wanted.port == 0 || wanted.websockets == 0 ? 5 : 1
        while true {
            do {
                try write(
                    BrokerConfiguration(port: port, websockets: websockets, folder: folder).text, to: "mosquitto.conf")
                return try start(program, endsWithThread: endsWithThread)
            } catch {
                tries -= 1
                guard tries > 0 else { throw error }
                child?.end()
                port = try Self.free(wanted.port)
                websockets = try Self.free(wanted.websockets)
            }
        }
    }

    deinit { close() }

    /// Ends it and removes its files.
    public func close() {
        child?.end()
        child = nil
        place.remove()
    }

    public var isRunning: Bool { child?.isRunning ?? false }

    /// The file that holds a user's password.
    public func passwordFile(of user: String) -> String { "\(folder)/\(user).password" }

    // MARK: Starting

    private func writePasswords(_ passwordProgram: String) throws {
        try write(BrokerConfiguration.accessList, to: "acl")
        let users = passwords.sorted { $0.key < $1.key }
        for (user, password) in users { try write(password + "\n", to: "\(user).password") }
        try write(users.map { "\($0.key):\($0.value)\n" }.joined(), to: "passwords")
        // Replaces the passwords in the file by their hashes.
        let hashing = try ChildProcess(passwordProgram, ["-U", folder + "/passwords"])
        for _ in 0..<3000 where hashing.isRunning { usleep(10_000) }
    }

    private func write(_ text: String, to name: String) throws {
        let path = folder + "/" + name
        let made = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard made else { throw Failure.didNotStart(said: "\(path) could not be written") }
    }

    private func start(_ program: String, endsWithThread: Bool) throws {
        let arguments = ["-c", folder + "/mosquitto.conf"]
        if endsWithThread, let setpriv = ChildProcess.find("setpriv") {
            child = try ChildProcess(setpriv, ["--pdeathsig", "KILL", program] + arguments, inGroupOfItsOwn: true)
        } else {
            child = try ChildProcess(program, arguments, inGroupOfItsOwn: true)
        }
        for _ in 0..<3000 {
            guard isRunning else { break }
            if Self.isOpen(port), Self.isOpen(websockets) { return }
            usleep(10_000)
        }
        let log = (try? String(contentsOfFile: folder + "/broker.log", encoding: .utf8)) ?? ""
        throw Failure.didNotStart(said: log.split(separator: "\n").last.map(String.init) ?? "")
    }

    /// 24 letters and digits from the system's generator: 142 bits.
    private static func randomPassword() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<24).map { _ in letters[Int.random(in: 0..<letters.count)] })
    }

    // MARK: Ports

    private static func free(_ port: Int) throws -> Int {
        guard let found = bound(port) else { throw Failure.portTaken(port) }
        return found
    }

    /// The port that could be listened on; another for 0.
    private static func bound(_ port: Int) -> Int? {
        let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(made) }
        var yes: CInt = 1
        setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        var address = loopback(port)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(made, plain, size) == 0 && getsockname(made, plain, &size) == 0
            }
        }
        return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }

    private static func isOpen(_ port: Int) -> Bool {
        let made = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(made) }
        var address = loopback(port)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                connect(made, plain, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }
}
