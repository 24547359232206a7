import ArgumentParser
import Foundation
import Logging
import Runtime
import Telemetry

/// Where the dashboard is served, and which broker its page reads.
struct DashboardOptions: ParsableArguments {
    @Option(
        name: .customLong("dashboard"),
        help: .init(
            "Serve the dashboard here: PORT, ADDRESS:PORT or 'none'. Others than this machine need the token that is then "
                + "printed. (default: 127.0.0.1:8350 with a broker)", valueName: "address"))
    var place: String?

    @Option(
        name: .customLong("dashboard-broker"),
        help: .init(
            "Who the page is to the broker, and how it gets there: mqtt://USER@HOST through the dashboard's own port, "
                + "ws://USER@HOST:PORT or wss://… by the broker's websocket listener. (default: as the robot's --mqtt, "
                + "without a user; with mqtts:// by wss://HOST:9001)", valueName: "url"))
    var broker: String?

    @Option(
        name: .customLong("dashboard-password-file"),
        help: .init(
            "File whose first line is that user's password, mode 600; whoever may see the page has it then.",
            valueName: "file"))
    var passwordFile: String?

    func validate() throws {
        if let place, place != "none" { _ = try DashboardAddress(place) }
        if let broker { _ = try Self.broker(broker) }
        if passwordFile != nil, broker.flatMap({ try? Self.broker($0).user }) == nil {
            throw ValidationError("--dashboard-password-file needs a user: --dashboard-broker ws://USER@HOST:PORT")
        }
    }

    /// The server of a robot's page; nil where there is no broker to read, or the user wants none.
    ///
    /// - Parameters:
    ///   - address: of the broker that the robot joins.
    ///   - own: a broker of this run's own, whose operator the page then is.
    func server(
        robot: String, broker address: BrokerAddress?, own: PrivateBroker?, home: Home
    ) throws -> DashboardServer? {
        guard place != "none", address != nil || broker != nil else { return nil }
        var page = DashboardPage(
            broker: try Self.way(to: address, named: broker), robot: RobotIdentity.id(of: robot))
        page.user = try broker.flatMap { try Self.broker($0).user }
        page.password = try passwordFile.map { try BrokerSecurity.password(in: $0) }
        if broker == nil, let own {
            page.user = "operator"
            page.password = own.passwords["operator"]
        }
        guard let server = try open(page, home) else { return nil }
        // Not through the log, which goes to the broker as well: the address may hold a token.
        FileHandle.standardError.write(Data("mien: dashboard on \(server.url)\n".utf8))
        return server
    }

    private func open(_ page: DashboardPage, _ home: Home) throws -> DashboardServer? {
        do {
            let files = try DashboardFiles(folder: home.file("Dashboard"))
            return try DashboardServer(page, files: files, at: place.map { try DashboardAddress($0) } ?? .standard)
        } catch DashboardServer.Failure.taken where place == nil {
            // Another robot's dashboard has the usual port, and nobody asked for that one by name.
            let files = try DashboardFiles(folder: home.file("Dashboard"))
            return try DashboardServer(page, files: files, at: DashboardAddress("0"))
        } catch let failure as DashboardFiles.Failure where place == nil {
            Logger(label: "mien.dashboard").warning("\(failure); going on without")
            return nil
        }
    }

    private static func urlHost(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// By what the user names, else through the dashboard's own port; TLS does not go through there.
    private static func way(to address: BrokerAddress?, named text: String?) throws -> DashboardPage.Broker {
        if let text { return try broker(text).way }
        guard let address, !address.isEncrypted else {
            return try broker("wss://\(urlHost(address?.host ?? "127.0.0.1")):9001").way
        }
        return .behind(host: address.host, port: address.port)
    }

    private static func broker(_ text: String) throws -> (way: DashboardPage.Broker, user: String?) {
        guard let url = URL(string: text), let host = url.host(percentEncoded: false), !host.isEmpty,
            let scheme = url.scheme, ["ws", "wss", "mqtt"].contains(scheme), url.password(percentEncoded: false) == nil
        else {
            throw ValidationError(
                "--dashboard-broker: expected ws://HOST:PORT, wss://USER@HOST:PORT or mqtt://USER@HOST, without a password"
            )
        }
        let user = url.user(percentEncoded: false)
        let plain = host.trimmingCharacters(in: ["[", "]"])
        return scheme == "mqtt" ? (.behind(host: plain, port: url.port ?? 1883), user) : (.listener(url), user)
    }
}
