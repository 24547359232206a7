import FlyingFox
import FlyingSocks
import Foundation
import Glibc

/// Where the dashboard is served: `PORT`, `ADDRESS:PORT` or `[ADDRESS]:PORT`; an address of this machine, or `0.0.0.0`
/// and `[::]` for all of them. Port 0 takes any free one.
public struct DashboardAddress: Sendable, Equatable, CustomStringConvertible {
    /// What is no such address.
    public struct Malformed: Error, Equatable, CustomStringConvertible {
        public let text: String
        public var description: String {
            "found the dashboard's address \"\(text)\", expected PORT, ADDRESS:PORT or [ADDRESS]:PORT, for instance 8350 "
                + "or 0.0.0.0:8350"
        }
    }

    /// An IPv4 or IPv6 address, without brackets.
    public let host: String
    public var port: UInt16

    /// Where it is served unless the user says otherwise.
    public static let standard = DashboardAddress(host: "127.0.0.1", port: 8350)

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    public init(_ text: String) throws(Malformed) {
        let colon = text.lastIndex(of: ":")
        guard let port = UInt16(colon.map { String(text[text.index(after: $0)...]) } ?? text) else {
            throw Malformed(text: text)
        }
        var host = colon.map { String(text[..<$0]) } ?? Self.standard.host
        if host == "localhost" { host = Self.standard.host }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        guard isBracketed ? Self.isVersion6(host) : Self.isVersion4(host) else { throw Malformed(text: text) }
        self.init(host: host, port: port)
    }

    /// Whether nobody but this machine can reach it.
    public var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// Whether it stands for all addresses of this machine.
    var isEvery: Bool { host == "0.0.0.0" || host == "::" }

    /// The host as it stands in a URL.
    var urlHost: String { host.contains(":") ? "[\(host)]" : host }

    public var description: String { "\(urlHost):\(port)" }

    /// What the server binds to.
    func socketAddress() throws -> any SocketAddress {
        host.contains(":")
            ? try sockaddr_in6.inet6(ip6: host, port: port) : try sockaddr_in.inet(ip4: host, port: port)
    }

    private static func isVersion4(_ host: String) -> Bool {
        var address = in_addr()
        return inet_pton(AF_INET, host, &address) == 1
    }

    private static func isVersion6(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, host, &address) == 1
    }
}
