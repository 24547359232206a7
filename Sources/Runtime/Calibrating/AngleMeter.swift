import Actuation
import Foundation
import Glibc
import Hardware

/// Where a calibration learns how a horn really stands: the bus, a program, the simulator, or a person with a protractor.
public protocol AngleMeter {
    /// The angle of an actuator's horn, rad.
    mutating func angle(of actuator: Int, name: String) throws -> Double
}

/// What a meter could not do.
public enum AngleMeterFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case notMeasured(actuator: String)
    case command(actuator: String, said: String)
    case outOfAnswers(actuator: String)

    public var description: String {
        switch self {
        case .notMeasured(let actuator): "\(actuator) does not say where it stands"
        case .command(let actuator, let said):
            "the measuring program gave no angle for \(actuator), expected a number of degrees, found \"\(said)\""
        case .outOfAnswers(let actuator): "the answers ended before \(actuator) was measured"
        }
    }
}

/// The servos' own encoders.
public struct BusMeter: AngleMeter {
    let outputs: [any BusOutput]

    public init(_ outputs: [any BusOutput]) { self.outputs = outputs }

    public func angle(of actuator: Int, name: String) throws -> Double {
        for output in outputs {
            if let position = output.telemetry(of: actuator)?.telemetry?.position { return position }
        }
        throw AngleMeterFailure.notMeasured(actuator: name)
    }
}

/// A program that prints an angle in degrees; it finds the actuator's name in `MIEN_ACTUATOR`.
public struct CommandMeter: AngleMeter {
    let command: String

    public init(command: String) { self.command = command }

    public func angle(of actuator: Int, name: String) throws -> Double {
        // The name comes from a file: it goes into the environment, never into the shell's text.
        setenv("MIEN_ACTUATOR", name, 1)
        guard let pipe = popen(command, "r") else { throw AngleMeterFailure.command(actuator: name, said: "") }
        var text = ""
        var buffer = [CChar](repeating: 0, count: 256)
        while fgets(&buffer, Int32(buffer.count), pipe) != nil, text.utf8.count < 4096 {
            text += String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        pclose(pipe)
        let said = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let degrees = Double(said), degrees.isFinite else {
            throw AngleMeterFailure.command(actuator: name, said: String(said.prefix(60)))
        }
        return degrees * .pi / 180
    }
}

/// The hidden horns of a simulated robot, by its control socket's answers.
public struct SimulatorMeter: AngleMeter {
    let ask: () throws -> [String: Double]

    public init(ask: @escaping () throws -> [String: Double]) { self.ask = ask }

    public func angle(of actuator: Int, name: String) throws -> Double {
        guard let degrees = try ask()[name] else { throw AngleMeterFailure.notMeasured(actuator: name) }
        return degrees * .pi / 180
    }
}

/// Anybody who answers a question with degrees: a person at the terminal, or lines of a file.
public struct AnswerMeter: AngleMeter {
    let answer: (_ actuator: String) throws -> Double

    public init(answer: @escaping (_ actuator: String) throws -> Double) { self.answer = answer }

    public func angle(of actuator: Int, name: String) throws -> Double { try answer(name) * .pi / 180 }
}
