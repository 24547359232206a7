import Foundation
import Glibc
import Hardware
import Testing

@testable import Telemetry

/// The dashboard's encrypted line to a broker, against a real mosquitto with certificates that openssl made.
@Suite(.enabled(if: ChildProcess.find("openssl") != nil, "no openssl here")) struct TLSSessionTests {
    private let folder = NSTemporaryDirectory() + "mien-tls-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["ca", "other"] {
            try openssl(
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=\(name) -keyout \(path(name)).key -out \(path(name)).pem"
            )
        }
        try "subjectAltName=DNS:localhost,IP:127.0.0.1".write(toFile: path("names"), atomically: true, encoding: .utf8)
        try openssl(
            "req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout \(path("here.key")) -out \(path("here.csr"))")
        try openssl(
            "x509 -req -in \(path("here.csr")) -CA \(path("ca.pem")) -CAkey \(path("ca.key")) -CAcreateserial -days 2 "
                + "-out \(path("here.pem")) -extfile \(path("names"))")
    }

    private func path(_ name: String) -> String { folder + "/" + name }

    private func openssl(_ words: String) throws {
        let program = try #require(ChildProcess.find("openssl"))
        let child = try ChildProcess(program, words.split(separator: " ").map(String.init))
        while child.isRunning { usleep(5000) }
        try #require(child.exitStatus == 0)
    }

    private func broker() throws -> TestBroker {
        try TestBroker([
            "allow_anonymous true", "cafile \(path("ca.pem"))", "certfile \(path("here.pem"))",
            "keyfile \(path("here.key"))",
        ])
    }

    /// Shakes hands, says CONNECT, and gives back what the broker says.
    private func converse(_ port: Int, host: String, authority: String) throws -> [UInt8] {
        var security = BrokerSecurity()
        security.authorities = path(authority)
        let session = try TLSSession(host: host, security: security)
        let line = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(line) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let isThere = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(line, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        try #require(isThere)
        func say(_ bytes: Data) {
            _ = bytes.withUnsafeBytes { send(line, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        }
        func hear() throws {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(line, &buffer, buffer.count, 0)
            try #require(count > 0, "the broker hung up")
            session.put(buffer[..<count])
        }
        while true {
            let (leaving, isDone) = try session.shakeHands()
            say(leaving)
            if isDone { break }
            try hear()
        }
        // MQTT 3.1.1 §3.1: CONNECT of the client "a", clean, 10 s.
        say(try session.seal(Data([0x10, 13, 0, 4] + Array("MQTT".utf8) + [4, 2, 0, 10, 0, 1, 0x61])))
        var said: [UInt8] = []
        while said.count < 4 {
            try hear()
            said += try #require(try session.open())
        }
        return said
    }

    @Test(arguments: ["localhost", "127.0.0.1"]) func aBrokerOfTheRightNameIsSpokenTo(host: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // MQTT 3.1.1 §3.2: CONNACK, accepted.
        let broker = try broker()
        #expect(try converse(broker.port, host: host, authority: "ca.pem") == [0x20, 2, 0, 0])
        broker.kill()
    }

    @Test(arguments: [("example.org", "ca.pem"), ("127.0.0.2", "ca.pem"), ("localhost", "other.pem")])
    func anotherNameOrAnotherAuthorityIsRefused(host: String, authority: String) throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let broker = try broker()
        let failure = #expect(throws: TLSSession.Failure.self) {
            try converse(broker.port, host: host, authority: authority)
        }
        guard case .refused? = failure else {
            Issue.record("expected refused, found \(failure.map(String.init(describing:)) ?? "nothing")")
            return
        }
    }

    @Test func filesThatAreNoneAreSaid() {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var security = BrokerSecurity()
        security.authorities = path("nowhere.pem")
        #expect(throws: TLSSession.Failure.self) { try TLSSession(host: "localhost", security: security) }
    }
}
