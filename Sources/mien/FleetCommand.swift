import ArgumentParser
import FaceKit
import Runtime
import Telemetry

/// `mien fleet`: light robots by the hundred, to see how far a broker goes.
struct FleetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Be many light robots on a broker, and say what their bridges cost.",
        discussion:
            "Each says what a real robot of 23 servos says, at the same rates; none has motion models or servos.")

    @OptionGroup var bridge: BridgeChoice

    @Option(name: .long, help: "How many robots, at most 300 in one process.")
    var robots = 100

    @Option(name: .long, help: "Number of the first one, so that several fleets do not share names.")
    var first = 0

    @Option(name: .long, help: "Seconds to measure for, once all are connected.")
    var seconds = 10.0

    func validate() throws {
        guard bridge.broker.address != nil else { throw ValidationError("name the broker: --mqtt mqtt://HOST") }
        // libmosquitto waits with select, which knows 1024 descriptors.
        guard (1...300).contains(robots) else { throw ValidationError("--robots must be between 1 and 300") }
        guard (0.1...1e6).contains(seconds) else { throw ValidationError("--seconds must be between 0.1 and 1000000") }
    }

    func run() throws {
        guard let choice = try bridge.choice(seed: 0, own: nil) else { return }
        let stop = StopFlag()
        let interrupts = Interrupts(stop: stop)
        defer { _ = interrupts }
        let fleet = Fleet(
            robots: robots, first: first, address: choice.address, security: choice.security, options: choice.options)
        print(try JSONText.line(fleet.run(seconds: seconds, until: stop)))
    }
}
