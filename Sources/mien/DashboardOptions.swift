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
            "Who the page is to the broker, and how it gets there: mqtt://USER@HOST or mqtts://… through the dashboard's own "
                + "port, ws://USER@HOST:PORT or wss://… by the broker's websocket listener. (default: as the robot's "
                + "--mqtt, without a user)", valueName: "url"))
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
    ///   - security: how an encrypted line to it is made.
    ///   - own: a broker of this run's own, whose operator the page then is.
    func server(
        robot: String, broker address: BrokerAddress?, security: BrokerSecurity, own: PrivateBroker?, home: Home
    ) throws -> DashboardServer? {
        guard place != "none", address != nil || broker != nil else { return nil }
        var page = DashboardPage(
            broker: try Self.way(to: address, security, named: broker), robot: RobotIdentity.id(of: robot))
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

    /// By what the user names, else through the dashboard's own port.
    private static func way(
        to address: BrokerAddress?, _ security: BrokerSecurity, named text: String?
    ) throws -> DashboardPage.Broker {
        if let text { return try broker(text, security).way }
        guard let address else { return .behind(host: "127.0.0.1", port: 1883) }
        return .behind(host: address.host, port: address.port, security: address.isEncrypted ? security : nil)
    }

    private static func broker(
        _ text: String, _ security: BrokerSecurity = BrokerSecurity()
    ) throws -> (way: DashboardPage.Broker, user: String?) {
        guard let url = URL(string: text), let host = url.host(percentEncoded: false), !host.isEmpty,
            let scheme = url.scheme, ["ws", "wss", "mqtt", "mqtts"].contains(scheme),
            url.password(percentEncoded: false) == nil
        else {
            throw ValidationError(
                "--dashboard-broker: expected ws://HOST:PORT, wss://USER@HOST:PORT, mqtt://USER@HOST or mqtts://USER@HOST, "
                    + "without a password")
        }
        let user = url.user(percentEncoded: false)
        let plain = host.trimmingCharacters(in: ["[", "]"])
        switch scheme {
        case "mqtt": return (.behind(host: plain, port: url.port ?? 1883), user)
        case "mqtts": return (.behind(host: plain, port: url.port ?? 8883, security: security), user)
        default: return (.listener(url), user)
        }
    }
}
