import FlyingFox
import Foundation
import Testing

@testable import Telemetry

@Suite struct DashboardAddressTests {
    @Test func portAloneMeansLoopback() throws {
        let address = try DashboardAddress("8350")
        #expect(address.description == "127.0.0.1:8350")
        #expect(address.isLoopback)
    }

    @Test func addressesOfBothVersionsAreTaken() throws {
        #expect(try DashboardAddress("0.0.0.0:80").isLoopback == false)
        #expect(try DashboardAddress("localhost:80").host == "127.0.0.1")
        #expect(try DashboardAddress("[::1]:80").isLoopback)
        #expect(try DashboardAddress("[::]:80").description == "[::]:80")
    }

    @Test(arguments: ["", "x", "1.2.3.4", "1.2.3:80", "::1:80", "[::1]", "host.example:80", "127.0.0.1:70000", ":80"])
    func whatIsNoAddressIsSaid(text: String) {
        #expect(throws: DashboardAddress.Malformed(text: text)) { try DashboardAddress(text) }
    }
}

@Suite struct DashboardFilesTests {
    @Test func readsKnownKindsOfFilesAndNoOthers() throws {
        let folder = try PageFolder()
        try folder.write("secret.yaml", "password: x")
        try folder.write(".hidden.js", "x")
        try folder.write("panels/one.js", "x")
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/passwd.txt", withDestinationPath: "/etc/passwd")
        let files = try DashboardFiles(folder: folder.path).files
        #expect(files.keys.sorted() == ["/", "/index.html", "/panels/one.js"])
        #expect(files["/panels/one.js"]?.type == "text/javascript; charset=utf-8")
    }

    @Test func missingPageIsSaid() {
        #expect(throws: DashboardFiles.Failure.missing(folder: "/nowhere")) { try DashboardFiles(folder: "/nowhere") }
    }
}

@Suite struct DashboardResponderTests {
    @Test func startPageComesWithStrictHeaders() async throws {
        let response = try responder().answer(request("/"))
        #expect(response.statusCode == .ok)
        #expect(response.headers[.contentType] == "text/html; charset=utf-8")
        #expect(response.headers[HTTPHeader("X-Content-Type-Options")] == "nosniff")
        let policy = try #require(response.headers[HTTPHeader("Content-Security-Policy")])
        #expect(policy.contains("default-src 'none'"))
        #expect(policy.contains("connect-src 'self' ws://127.0.0.1:9001;"))
        #expect(!policy.contains("unsafe"))
        #expect(try await response.bodyData == Data("<p>hello".utf8))
    }

    @Test(arguments: [
        "/../Package.swift", "/%2e%2e/Package.swift", "/..%2f..%2fetc/passwd", "//etc/passwd",
        "/config.json/../x", "/\u{0}", "/index.html%00",
    ])
    func pathsLeadNowhereElse(path: String) throws {
        #expect(try responder().answer(request(path)).statusCode == .notFound)
    }

    @Test func onlyReadingIsAllowed() throws {
        for method in [HTTPMethod.POST, .PUT, .DELETE, HTTPMethod("TRACE")] {
            #expect(try responder().answer(request("/", method: method)).statusCode == .methodNotAllowed)
        }
    }

    @Test(arguments: ["evil.example", "evil.example:8350", "127.0.0.1.evil.example", "localhost.evil.example"])
    func otherSitesNamesAreRefusedOnLoopback(host: String) throws {
        let status = try responder().answer(request("/", host: host)).statusCode
        #expect(status == .forbidden)
    }

    @Test(arguments: ["", "a b", "x/..", "x;y", "[::1", "\"", "a\r\nb"])
    func hostsThatAreNoNamesAreRefused(host: String) throws {
        #expect(try responder().answer(request("/", host: host)).statusCode == .badRequest)
    }

    @Test func whatDidNotChangeIsNotSentAgain() async throws {
        let responder = try responder()
        let tag = try #require(responder.answer(request("/")).headers[.eTag])
        let again = responder.answer(request("/", headers: [.ifNoneMatch: tag]))
        #expect(again.statusCode == .notModified)
        #expect(try await again.bodyData.isEmpty)
    }

    @Test func settingsNameBrokerAndRobotAndAreNotKept() async throws {
        let response = try responder().answer(request("/config.json"))
        #expect(response.headers[.cacheControl] == "no-store")
        #expect(try await response.bodyData == Data(#"{"broker":"ws://127.0.0.1:9001","robot":"maestro-face"}"#.utf8))
    }

    @Test func brokerOnLoopbackIsWhereThePageCameFrom() async throws {
        let token = DashboardToken()
        let asked = request("/config.json", host: "10.0.0.7:8350", headers: [.authorization: "Bearer \(token.text)"])
        let response = try responder(token: token).answer(asked)
        let text = String(decoding: try await response.bodyData, as: UTF8.self)
        #expect(text.contains("ws://10.0.0.7:9001"))
        let policy = try #require(response.headers[HTTPHeader("Content-Security-Policy")])
        #expect(policy.contains("connect-src 'self' ws://10.0.0.7:9001;"))
    }

    @Test func nothingIsGivenWithoutTheToken() async throws {
        let token = DashboardToken()
        let responder = try responder(token: token)
        for path in ["/", "/config.json", "/index.html", "/?token=", "/?token=\(token.text)x"] {
            #expect(responder.answer(request(path)).statusCode == .unauthorized)
        }
        let wrong = request("/", headers: [.cookie: "mien-8350=\(String(repeating: "0", count: 32))"])
        #expect(responder.answer(wrong).statusCode == .unauthorized)
    }

    @Test func tokenInTheAddressBecomesACookie() throws {
        let token = DashboardToken()
        let responder = try responder(token: token)
        let first = responder.answer(request("/?token=\(token.text)&robot=a%20b"))
        #expect(first.statusCode == .seeOther)
        #expect(first.headers[.location] == "./?robot=a%20b")
        let cookie = try #require(first.headers[.setCookie])
        #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
        let kept = String(cookie.prefix { $0 != ";" })
        #expect(responder.answer(request("/", headers: [.cookie: "other=1; \(kept)"])).statusCode == .ok)
    }

    @Test func otherSitesGetNoTunnelToTheBroker() throws {
        let token = DashboardToken()
        var behind = page
        behind.broker = .behind(host: "127.0.0.1", port: 1)
        let responder = DashboardResponder(
            files: try pageFiles(), page: behind, token: token, address: try DashboardAddress("8350"),
            tunnel: BrokerTunnel(host: "127.0.0.1", port: 1, security: nil, pool: HTTPServer.defaultPool()))
        func status(origin: String?, token: String = token.text, subprotocol: String = "mqtt") -> HTTPStatusCode {
            var headers: [HTTPHeader: String] = [
                .authorization: "Bearer \(token)", HTTPHeader("Sec-WebSocket-Protocol"): subprotocol,
            ]
            headers[HTTPHeader("Origin")] = origin
            return responder.answer(request("/mqtt", headers: headers)).statusCode
        }
        #expect(status(origin: "http://localhost:8350") == .ok)
        #expect(status(origin: nil) == .ok)
        for origin in ["http://evil.example", "http://localhost:8351", "http://localhost", "null", ""] {
            #expect(status(origin: origin) == .forbidden)
        }
        #expect(status(origin: nil, subprotocol: "chat") == .forbidden)
        #expect(status(origin: "http://localhost:8350", token: "x") == .unauthorized)
    }

    @Test func withoutATunnelItsPathIsNotThere() throws {
        #expect(try responder().answer(request("/mqtt")).statusCode == .notFound)
    }

    @Test func tokensAreLongAndDiffer() {
        #expect(DashboardToken().text.count == 32)
        #expect(DashboardToken() != DashboardToken())
        #expect(DashboardToken("short") == nil)
        #expect(DashboardToken("has a space in it, sixteen") == nil)
    }
}

@Suite struct DashboardServerTests {
    @Test func portZeroTakesAFreeOneAndATakenOneIsSaid() throws {
        let files = try pageFiles()
        let first = try DashboardServer(page, files: files, at: DashboardAddress("0"))
        defer { first.close() }
        #expect(first.address.port != 0)
        #expect(first.url == "http://127.0.0.1:\(first.address.port)/")
        #expect(throws: DashboardServer.Failure.taken(first.address)) {
            try DashboardServer(page, files: files, at: first.address)
        }
    }

    @Test func openedWiderOrToldAPasswordItHasAToken() throws {
        let files = try pageFiles()
        let wide = try DashboardServer(page, files: files, at: DashboardAddress("0.0.0.0:0"))
        defer { wide.close() }
        #expect(wide.token != nil)
        var secret = page
        secret.password = "x"
        var behind = page
        behind.broker = .behind(host: "127.0.0.1", port: 1883)
        let tunnelled = try DashboardServer(behind, files: files, at: DashboardAddress("0"))
        defer { tunnelled.close() }
        #expect(tunnelled.token != nil)
        let local = try DashboardServer(secret, files: files, at: DashboardAddress("0"))
        defer { local.close() }
        #expect(local.url.contains("?token="))
    }
}

// MARK: Pieces

private let page = DashboardPage(
    broker: .listener(URL(string: "ws://127.0.0.1:9001") ?? URL(fileURLWithPath: "/")), robot: "maestro-face")

private func responder(token: DashboardToken? = nil) throws -> DashboardResponder {
    DashboardResponder(
        files: try pageFiles(), page: page, token: token,
        address: try DashboardAddress("8350"))
}

private func request(
    _ target: String, method: HTTPMethod = .GET, host: String = "localhost:8350", headers: [HTTPHeader: String] = [:]
) -> HTTPRequest {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    var all = HTTPHeaders(headers)
    all[.host] = host
    return HTTPRequest(
        method: method, version: .http11,
        target: .init(path: parts.first ?? "", query: parts.count > 1 ? parts[1] : ""), headers: all,
        body: HTTPBodySequence(data: Data()))
}

private func pageFiles() throws -> DashboardFiles {
    let folder = try PageFolder()
    return try withExtendedLifetime(folder) { try DashboardFiles(folder: folder.path) }
}

/// A page in a folder of its own that goes with it.
private final class PageFolder {
    let path = NSTemporaryDirectory() + "mien-page-\(UUID().uuidString)"

    init() throws { try write("index.html", "<p>hello") }

    func write(_ name: String, _ text: String) throws {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
