import FlyingFox
import Foundation

/// Answers the browser: the page's files and its `config.json`, to whom they are meant for.
///
/// With a token, every answer needs it: as `?token=…` once, which leaves a cookie behind, or as `Authorization: Bearer`.
/// Without one the server is on loopback and answers only to loopback's names, so that no other site can have its name
/// point here and read along (DNS rebinding).
struct DashboardResponder: HTTPHandler {
    let files: DashboardFiles
    let page: DashboardPage
    let token: DashboardToken?
    /// The address that the user opened it at.
    let host: String
    /// The way to the broker for a page that has none of its own.
    let tunnel: BrokerTunnel?
    /// Cookies know no ports; two dashboards on one machine have two names.
    let cookieName: String

    init(
        files: DashboardFiles, page: DashboardPage, token: DashboardToken?, address: DashboardAddress,
        tunnel: BrokerTunnel? = nil
    ) {
        self.files = files
        self.page = page
        self.token = token
        self.tunnel = tunnel
        host = address.urlHost
        cookieName = "mien-\(address.port)"
    }

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = answer(request)
        guard request.path == DashboardPage.tunnelPath, answer.statusCode == .ok, let tunnel else { return answer }
        var upgrade = try await WebSocketHTTPHandler(handler: tunnel).handleRequest(request)
        if upgrade.statusCode == .switchingProtocols { upgrade.headers[Self.subprotocol] = "mqtt" }
        return upgrade
    }

    /// What to answer, but for the step from HTTP to a websocket.
    func answer(_ request: HTTPRequest) -> HTTPResponse {
        guard let name = Self.hostName(request.headers[.host]) else {
            return refusal(.badRequest, "expected a Host header")
        }
        guard token != nil || DashboardPage.isLoopback(name) || name == host else {
            return refusal(.forbidden, "this dashboard is on loopback and is called by its own name alone")
        }
        guard request.method == .GET || request.method == .HEAD else {
            var response = refusal(.methodNotAllowed, "expected GET")
            response.headers[HTTPHeader("Allow")] = "GET, HEAD"
            return response
        }
        if let token {
            if let given = request.query["token"], token.admits(given) { return letIn(request, token) }
            guard isKnown(request, token) else {
                return refusal(.unauthorized, "this dashboard needs the token that mien run printed: …/?token=TOKEN")
            }
        }
        return content(request, seenFrom: name)
    }

    // MARK: Who may

    private func isKnown(_ request: HTTPRequest, _ token: DashboardToken) -> Bool {
        if let given = request.headers[.authorization], given.hasPrefix("Bearer ") {
            return token.admits(String(given.dropFirst(7)))
        }
        let cookies = (request.headers[.cookie] ?? "").split(separator: ";").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        return cookies.contains {
            $0.hasPrefix(cookieName + "=") && token.admits(String($0.dropFirst(cookieName.count + 1)))
        }
    }

    /// Keeps the token in a cookie and leads to the page's plain address, so that no history or log has the token.
    private func letIn(_ request: HTTPRequest, _ token: DashboardToken) -> HTTPResponse {
        var response = refusal(.seeOther, "")
        var rest = URLComponents()
        rest.queryItems = request.query.filter { $0.name != "token" }.map {
            URLQueryItem(name: $0.name, value: $0.value)
        }
        let query = rest.percentEncodedQuery ?? ""
        response.headers[.location] = query.isEmpty ? "./" : "./?" + query
        response.headers[.setCookie] = "\(cookieName)=\(token.text); Path=/; HttpOnly; SameSite=Lax"
        return response
    }

    /// The name in a Host header without its port, nil where it has anything that a name has not.
    static func hostName(_ header: String?) -> String? {
        guard let header, header.utf8.count <= 255 else { return nil }
        guard let match = header.wholeMatch(of: /([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?/) else {
            return nil
        }
        return String(match.1).lowercased()
    }

    // MARK: What is there

    private func content(_ request: HTTPRequest, seenFrom name: String) -> HTTPResponse {
        if request.path == "/config.json" {
            return response(
                .ok, type: "application/json", page.configuration(seenFrom: name), for: request, seenFrom: name,
                caching: "no-store")
        }
        if request.path == DashboardPage.tunnelPath, tunnel != nil {
            return isOwnPage(request)
                ? HTTPResponse(statusCode: .ok) : refusal(.forbidden, "expected the dashboard's own page")
        }
        guard let file = files.files[request.path] else { return refusal(.notFound, "there is no such page") }
        let isSame = request.headers[.ifNoneMatch] == file.tag
        var response = response(
            isSame ? .notModified : .ok, type: file.type, isSame ? Data() : file.data, for: request, seenFrom: name,
            caching: "no-cache")
        response.headers[.eTag] = file.tag
        return response
    }

    private static let subprotocol = HTTPHeader("Sec-WebSocket-Protocol")

    /// Whether a websocket is asked for by a page from here: browsers let any site open one, and say which it was.
    private func isOwnPage(_ request: HTTPRequest) -> Bool {
        let protocols = (request.headers[Self.subprotocol] ?? "").split(separator: ",")
        guard protocols.contains(where: { $0.trimmingCharacters(in: .whitespaces) == "mqtt" }) else { return false }
        guard let origin = request.headers[HTTPHeader("Origin")]?.lowercased() else { return true }
        let own = request.headers[.host]?.lowercased() ?? ""
        return origin == "http://\(own)" || origin == "https://\(own)"
    }

    /// Where the page may connect to.
    private func connections(_ request: HTTPRequest, seenFrom name: String) -> String {
        guard case .behind = page.broker else { return "'self' " + page.broker(seenFrom: name) }
        // Some browsers do not take 'self' to mean websockets.
        let own = request.headers[.host] ?? name
        return "'self' ws://\(own) wss://\(own)"
    }

    private func refusal(_ status: HTTPStatusCode, _ reason: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: status, headers: headers("text/plain; charset=utf-8", "no-store", connections: "'none'"),
            body: Data((reason.isEmpty ? "" : reason + "\n").utf8))
    }

    private func response(
        _ status: HTTPStatusCode, type: String, _ body: Data, for request: HTTPRequest, seenFrom name: String,
        caching: String
    ) -> HTTPResponse {
        HTTPResponse(
            statusCode: status, headers: headers(type, caching, connections: connections(request, seenFrom: name)),
            body: request.method == .HEAD ? Data() : body)
    }

    /// Strict for every answer: its own scripts and styles, its own broker, in nobody's frame.
    private func headers(_ type: String, _ caching: String, connections: String) -> HTTPHeaders {
        [
            .contentType: type, .cacheControl: caching,
            HTTPHeader("Content-Security-Policy"):
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src \(connections); "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            HTTPHeader("X-Content-Type-Options"): "nosniff", HTTPHeader("X-Frame-Options"): "DENY",
            HTTPHeader("Referrer-Policy"): "no-referrer", HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
            HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
        ]
    }
}
