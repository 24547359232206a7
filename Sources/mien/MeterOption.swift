import Actuation
import ArgumentParser
import Foundation
import Hardware
import Runtime

/// `--measure`: where the angles of horns come from.
struct MeterOption: ParsableArguments {
    @Option(
        help: .init(
            """
            Where angles come from: bus (the servos' own encoders), hand (you, with a protractor at the horn), simulator \
            (with --hidden), tracker (face coefficients from a face tracker; guide only), none (guide only), or a program \
            that prints degrees and finds the actuator's name in MIEN_ACTUATOR. (default: bus where it can, else hand)
            """, valueName: "source"))
    var measure: String?

    var isTracker: Bool { measure == "tracker" }

    /// The meter of one actuator; nil for none.
    ///
    /// - Parameter asks: whether somebody is there to be asked.
    func meter(of actuator: Actuator, robot: RobotDescription, lines: RobotLines, asks: Bool = true) -> (
        any AngleMeter
    )? {
        let measures = robot.buses[actuator.bus].kind.measures
        switch measure ?? (measures ? "bus" : asks ? "hand" : "none") {
        case "bus": return BusMeter(lines.buses.map(\.output))
        case "simulator": return SimulatorMeter { try lines.hiddenAngles() }
        case "hand": return Self.hand()
        case "none", "tracker": return nil
        case let command: return CommandMeter(command: command)
        }
    }

    /// A person with a protractor, who may have none for an actuator.
    private static func hand() -> AnswerMeter {
        var hasAnswered = false
        return AnswerMeter { actuator in
            while true {
                let way = hasAnswered ? "" : " (Enter: it cannot be measured)"
                FileHandle.standardError.write(Data("\(actuator): angle of the horn in degrees?\(way) ".utf8))
                guard let line = readLine()?.trimmingCharacters(in: .whitespaces) else {
                    throw AngleMeterFailure.outOfAnswers(actuator: actuator)
                }
                if line.isEmpty, !hasAnswered { throw AngleMeterFailure.notMeasured(actuator: actuator) }
                if let degrees = Double(line), degrees.isFinite {
                    hasAnswered = true
                    return degrees
                }
                FileHandle.standardError.write(Data("expected a number, for instance -12.5\n".utf8))
            }
        }
    }
}
