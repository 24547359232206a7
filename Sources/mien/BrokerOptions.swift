import ArgumentParser
import Foundation
import Runtime
import Telemetry

/// Which broker, and how to be safe with it: what every command that speaks MQTT takes.
struct BrokerOptions: ParsableArguments {
    @Option(
        name: .customLong("mqtt"),
        help: .init("Broker: mqtt://HOST, mqtt://USER@HOST:PORT, or mqtts://HOST for TLS.", valueName: "url"))
    var address: String?

    @Option(
        name: .customLong("mqtt-password-file"),
        help: .init(
            "File whose first line is the password, mode 600. (default: the variable MIEN_MQTT_PASSWORD)",
            valueName: "file"))
    var passwordFile: String?

    @Option(
        name: .customLong("mqtt-ca"),
        help: .init("PEM file of who signed the broker's certificate. (default: the system's)", valueName: "file"))
    var authorities: String?

    @Option(name: .customLong("mqtt-cert"), help: .init("PEM file of a client certificate.", valueName: "file"))
    var certificate: String?

    @Option(name: .customLong("mqtt-key"), help: .init("PEM file of its key.", valueName: "file"))
    var key: String?

    func validate() throws {
        if address == nil, passwordFile != nil || authorities != nil || certificate != nil || key != nil {
            throw ValidationError("the options --mqtt-… need a broker: --mqtt mqtt://HOST")
        }
    }

    /// The broker and what is needed to be let in; nil without one.
    func broker() throws -> (address: BrokerAddress, security: BrokerSecurity)? {
        guard let address else { return nil }
        let place = try BrokerAddress(address)
        return (
            place,
            try BrokerSecurity(
                user: place.user, passwordFile: passwordFile, authorities: authorities, certificate: certificate,
                key: key)
        )
    }
}

/// What a running robot says on its broker, and what it takes from there.
struct BridgeChoice: ParsableArguments {
    @OptionGroup var broker: BrokerOptions

    @Flag(
        name: .customLong("broker"),
        help: "Start a private broker for this run, as mien broker does, and join it.")
    var startsBroker = false

    @Option(
        name: .customLong("mqtt-rate"), help: .init("Messages a second of face, person and actuators.", valueName: "hz")
    )
    var rate = 10.0

    @Option(
        name: .customLong("mqtt-budget"),
        help: .init("The most bytes a second that these may take; their rate falls to keep it.", valueName: "bytes"))
    var budget: Double?

    @Option(name: .customLong("mqtt-encoding"), help: "How these are written: json, cbor or both.")
    var encoding = BridgeOptions.Encoding.json

    @Option(
        name: .customLong("mqtt-authority"),
        help: .init(
            "What the broker's access list guards: anybody (take the emergency stop alone), steering, or operator (take "
                + "clear as well).", valueName: "who"))
    var authority = Command.Authority.steering

    @Flag(
        name: .customLong("home-assistant"), inversion: .prefixedNo, exclusivity: .chooseLast,
        help: "Tell Home Assistant what there is.")
    var homeAssistant = true

    @Flag(name: .customLong("homie"), help: "Speak Homie 5 as well.")
    var homie = false

    @Flag(name: .customLong("sparkplug"), help: "Speak Sparkplug B as well.")
    var sparkplug = false

    func validate() throws {
        if startsBroker, broker.address != nil { throw ValidationError("--broker and --mqtt exclude each other") }
        guard (0.1...50).contains(rate) else { throw ValidationError("--mqtt-rate must be between 0.1 and 50") }
        if let budget, !(budget >= 100) { throw ValidationError("--mqtt-budget must be at least 100") }
    }

    /// Whether there is a broker to join.
    var hasBroker: Bool { startsBroker || broker.address != nil }

    /// A broker of this run's own, where one was asked for.
    func startBroker() throws -> PrivateBroker? { startsBroker ? try PrivateBroker(endsWithThread: true) : nil }

    /// What a bridge needs; nil without a broker.
    func choice(seed: UInt64, own: PrivateBroker?) throws -> Bridge.Choice? {
        var choice: Bridge.Choice
        if let own {
            choice = Bridge.Choice(address: try BrokerAddress("mqtt://robot@127.0.0.1:\(own.port)"))
            choice.security = try BrokerSecurity(
                user: "robot", passwordFile: own.passwordFile(of: "robot"), authorities: nil, certificate: nil,
                key: nil)
            // Its access list is ours.
            choice.authority = .operator
        } else {
            guard let broker = try broker.broker() else { return nil }
            choice = Bridge.Choice(address: broker.address)
            choice.security = broker.security
            choice.authority = authority
        }
        choice.options.rate = rate
        choice.options.budget = budget
        choice.options.encoding = encoding
        choice.options.homeAssistant = homeAssistant
        choice.options.homie = homie
        choice.options.sparkplug = sparkplug
        choice.options.seed = seed
        return choice
    }
}

extension BridgeOptions.Encoding: ExpressibleByArgument {}
extension Command.Authority: ExpressibleByArgument, CaseIterable {
    public static let allCases: [Self] = [.anybody, .steering, .operator]
}
