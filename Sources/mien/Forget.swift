import ArgumentParser
import Runtime
import Telemetry

/// `mien forget`: a robot that is gone for good is taken off its broker.
struct Forget: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a robot off a broker: its retained topics, Home Assistant's device, its Homie description.",
        discussion: "A robot that still runs would come back with its next message: end it first.")

    @OptionGroup var broker: BrokerOptions

    @Argument(help: "The robot's name, as mien run --name gave it or its robot file.")
    var name: String

    func validate() throws {
        if broker.address == nil { throw ValidationError("name the broker: --mqtt mqtt://HOST") }
    }

    func run() throws {
        guard let broker = try broker.broker() else { return }
        try RetainedEraser(address: broker.address, security: broker.security).erase(robot: name)
        print(Failure.printable("\(broker.address) has forgotten \(name)"))
    }
}
