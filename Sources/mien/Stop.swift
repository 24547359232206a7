import ArgumentParser
import Runtime

/// `mien stop`: the emergency stop of a running controller.
struct Stop: ConsoleCommand {
    static let configuration = CommandConfiguration(
        abstract: "Press the emergency stop: every actuator brakes to rest and holds until 'mien clear'.")

    @OptionGroup var choice: RobotChoice

    var command: Command { .emergencyStop }
    var done: String { "the emergency stop is pressed" }
}

/// `mien clear`: lets go of the emergency stop.
struct Clear: ConsoleCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let go of the emergency stop, when you have seen that the robot may move again.")

    @OptionGroup var choice: RobotChoice

    var command: Command { .clear }
    var done: String { "the emergency stop is cleared" }
}
