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
            "The broker's websocket listener for the page: ws://HOST:PORT or wss://USER@HOST:PORT. (default: port 9001 of "
                + "the --mqtt host)", valueName: "url"))
    var broker: String?

    @Option(
        name: .customLong("dashboard-password-file"),
        help: .init(
            "File whose first line is that user's password, mode 600; whoever may see the page has it then.",
            valueName: "file"))
    var passwordFile: String?

    func validate() throws {
        if let place, place != "none" { _ = try DashboardAddress(place) }
        if let broker { _ = try Self.listener(broker) }
        if passwordFile != nil, broker.flatMap({ try? Self.listener($0).user }) == nil {
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
        let usual = "ws://\(Self.urlHost(address?.host ?? "127.0.0.1")):\(own?.websockets ?? 9001)"
        let listener = try Self.listener(broker ?? usual)
        var page = DashboardPage(broker: listener.url, robot: RobotIdentity.id(of: robot), user: listener.user)
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

    private static func listener(_ text: String) throws -> (url: URL, user: String?) {
        guard let url = URL(string: text), let scheme = url.scheme, ["ws", "wss"].contains(scheme),
            url.host(percentEncoded: false)?.isEmpty == false, url.password(percentEncoded: false) == nil
        else {
            throw ValidationError(
                "--dashboard-broker: expected ws://HOST:PORT or wss://USER@HOST:PORT, without a password")
        }
        return (url, url.user(percentEncoded: false))
    }
}
