import Foundation
import Glibc

/// What the page is told by who serves it, as `config.json`.
public struct DashboardPage: Sendable {
    /// How the page comes to the broker.
    public enum Broker: Sendable, Equatable {
        /// By its websocket listener, `ws://HOST:PORT` or `wss://HOST:PORT`.
        case listener(URL)
        /// Through the dashboard's own port, to its plain listener, or, encrypted, to its TLS listener.
        case behind(host: String, port: Int, security: BrokerSecurity? = nil)
    }

    public var broker: Broker
    /// The robot's name on the broker.
    public var robot: String
    /// What the page signs in with; nil where anybody may.
    public var user: String?
    public var password: String?

    /// Where the tunnel is, on the dashboard's own port.
    static let tunnelPath = "/mqtt"

    public init(broker: Broker, robot: String, user: String? = nil, password: String? = nil) {
        self.broker = broker
        self.robot = robot
        self.user = user
        self.password = password
    }

    /// The broker as a page reaches it that was asked for by `host`: a broker on this machine's loopback is, for a browser
    /// elsewhere, on the machine that the page came from.
    func broker(seenFrom host: String) -> String {
        guard case .listener(let url) = broker else { return Self.tunnelPath }
        guard var parts = URLComponents(url: url, resolvingAgainstBaseURL: false) else { return "" }
        if Self.isLoopback(parts.host ?? ""), !Self.isLoopback(host) { parts.host = host }
        parts.user = nil
        parts.password = nil
        return parts.string ?? ""
    }

    func configuration(seenFrom host: String) -> Data {
        var fields = ["broker": broker(seenFrom: host), "robot": robot]
        fields["username"] = user
        fields["password"] = password
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(fields)) ?? Data("{}".utf8)
    }

    /// Whether a URL's host is this machine to itself; `127.0.0.1.example.org` is not.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        var address = in_addr()
        return host.hasPrefix("127.") && inet_pton(AF_INET, host, &address) == 1
    }
}
