import Foundation

/// Where a broker is: `mqtt://host`, `mqtt://user@host:1883` or, encrypted, `mqtts://host:8883`.
public struct BrokerAddress: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let isEncrypted: Bool
    public let user: String?

    /// What is wrong with a broker's URL.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case notAnAddress(String)
        /// Whoever looks at the list of processes would read it.
        case password

        public var description: String {
            switch self {
            case .notAnAddress(let text):
                "\"\(text)\" is no broker's address, expected mqtt://HOST, mqtt://USER@HOST:PORT or mqtts://HOST"
            case .password:
                "a password has no place in the broker's address, where everybody can read it; put it into a file "
                    + "(--mqtt-password-file) or into MIEN_MQTT_PASSWORD"
            }
        }
    }

    public init(_ text: String) throws(Problem) {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil
        else { throw .notAnAddress(text) }
        switch parts.scheme {
        case "mqtt": isEncrypted = false
        case "mqtts": isEncrypted = true
        default: throw .notAnAddress(text)
        }
        guard parts.password == nil else { throw .password }
        let port = parts.port ?? (isEncrypted ? 8883 : 1883)
        guard (1...65535).contains(port) else { throw .notAnAddress(text) }
        // An IPv6 address stands in brackets, which are not part of it.
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        user = parts.user
    }

    public var description: String {
        "\(isEncrypted ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
