import ArgumentParser
import Runtime

/// `mien stop`: the emergency stop of a running controller.
struct Stop: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Press the emergency stop: every actuator brakes to rest and holds until 'mien clear'.")

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        try client.ask(.emergencyStop)
        print("\(client.robot): the emergency stop is pressed")
    }
}

/// `mien clear`: lets go of the emergency stop.
struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let go of the emergency stop, when you have seen that the robot may move again.")

    @OptionGroup var choice: RobotChoice

    func run() throws {
        var client = try choice.connect()
        try client.ask(.clear)
        print("\(client.robot): the emergency stop is cleared")
    }
}
