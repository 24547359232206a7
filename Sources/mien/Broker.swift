import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien broker`: a private mosquitto for robots and dashboards on this machine.
struct Broker: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a private MQTT broker on this machine, for a demonstration.",
        discussion: """
            Starts mosquitto on 127.0.0.1 with MQTT and websockets, a generated configuration, an access list and random \
            passwords, and takes it away again at the end. Users: robot (for mien run), operator (steers, clears), \
            viewer (watches, and may stop a robot).
            """)

    @Option(name: .long, help: "Port for MQTT, 0 for a free one.")
    var port = 1883

    @Option(name: .long, help: "Port for MQTT over websockets, 0 for a free one.")
    var websockets = 9001

    @Flag(name: .long, help: "Say where everything is as one line of JSON.")
    var json = false

    func validate() throws {
        for port in [port, websockets] where !(0...65535).contains(port) {
            throw ValidationError("a port is a number from 0 to 65535")
        }
    }

    private struct Facts: Encodable {
        let mqtt: String
        let websockets: String
        let passwords: [String: String]
        let passwordFiles: [String: String]

        enum CodingKeys: String, CodingKey {
            case mqtt, websockets, passwords
            case passwordFiles = "password_files"
        }
    }

    func run() throws {
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        let broker = try PrivateBroker(port: port, websockets: websockets, endsWithThread: true)
        defer { broker.close() }
        let users = broker.passwords.keys.sorted()
        let facts = Facts(
            mqtt: "mqtt://127.0.0.1:\(broker.port)", websockets: "ws://127.0.0.1:\(broker.websockets)",
            passwords: broker.passwords,
            passwordFiles: Dictionary(uniqueKeysWithValues: users.map { ($0, broker.passwordFile(of: $0)) }))
        let said = json ? try JSONText.line(facts) : text(facts, broker)
        FileHandle.standardOutput.write(Data((said + "\n").utf8))
        while !stop.isRequested, broker.isRunning { Thread.sleep(forTimeInterval: 0.1) }
        if !stop.isRequested { throw PrivateBroker.Failure.didNotStart(said: "it ended by itself") }
    }

    private func text(_ facts: Facts, _ broker: PrivateBroker) -> String {
        let passwords = broker.passwords.sorted { $0.key < $1.key }.map { user, password in
            "  \(user)".padding(toLength: 13, withPad: " ", startingAt: 0) + password
        }
        return
            ([
                "broker on \(facts.mqtt), websockets on \(facts.websockets), until Ctrl-C",
                "users and passwords:",
            ] + passwords + [
                "a robot: mien run --mqtt mqtt://robot@127.0.0.1:\(broker.port) --mqtt-authority operator "
                    + "--mqtt-password-file \(broker.passwordFile(of: "robot"))"
            ]).joined(separator: "\n")
    }
}
