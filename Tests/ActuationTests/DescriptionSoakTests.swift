import Foundation
import Testing

@testable import Actuation

/// Damaged descriptions, ten thousand with `MIEN_SOAK=1`, otherwise 1 %: each is refused with its problems named, or is
/// still a description whose every number can be used.
@Suite struct DescriptionSoakTests {
    private static let count = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 10_000 : 100
    private static let tokens = [
        ".nan", ".inf", "-1", "1e999", "0", "[]", "{}", "*a", "&a ", "!!str ", "~", ": ", "- ", "#", "\t", "\"", "é",
        "\u{0}",
        "1500", "- [", "name", "\n", "? ", "|", "0x10", "true",
    ]

    /// The text with a few bytes, numbers or lines damaged.
    private static func damaged(_ text: String, _ random: inout Draws) -> String {
        var bytes = Array(text.utf8)
        for _ in 0..<Int(1 + random.next() * 3) {
            let place = Int(random.next() * Double(bytes.count))
            let length = min(Int(random.logUniform(1, 40)), bytes.count - place)
            switch Int(random.next() * 5) {
            case 0: bytes[place] = UInt8(random.next() * 256)
            case 1: bytes.removeSubrange(place..<place + length)
            case 2: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
            case 3: bytes.insert(contentsOf: tokens[Int(random.next() * Double(tokens.count))].utf8, at: place)
            default: bytes.removeSubrange(place...)
            }
            if bytes.isEmpty { return "" }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aDamagedRobotFileIsRefusedOrStillARobot() throws {
        let text = try ShippedFiles.text("Robots/maestro-face-23.yaml")
        for round in 0..<Self.count {
            var random = Draws(seed: 21, stream: UInt32(round))
            let damaged = Self.damaged(text, &random)
            do {
                let robot = try RobotDescription(yaml: damaged, name: "r.yaml")
                #expect(!robot.actuators.isEmpty && !robot.buses.isEmpty)
                for servo in robot.actuators {
                    #expect(servo.lowestRaw <= servo.neutralRaw && servo.neutralRaw <= servo.highestRaw)
                    #expect(robot.buses.indices.contains(servo.bus) && servo.limits.velocity > 0)
                }
            } catch {
                #expect(!error.problems.isEmpty, "\(damaged)")
            }
        }
    }

    @Test func aDamagedCalibrationIsRefusedOrStillWithinTheLimits() throws {
        let text = try ShippedFiles.text("Calibration/maestro-face-23.yaml")
        let robot = try ShippedFiles.robot()
        for round in 0..<Self.count {
            var random = Draws(seed: 22, stream: UInt32(round))
            let damaged = Self.damaged(text, &random)
            do {
                let calibration = try Calibration(yaml: damaged, name: "c.yaml", robot: robot)
                #expect(calibration.entries.count == robot.actuators.count)
                for (entry, servo) in zip(calibration.entries, robot.actuators) {
                    for input in stride(from: -3.0, through: 3, by: 0.25) {
                        guard let pulse = entry.table?(input) else { continue }
                        #expect(pulse >= servo.lowestRaw && pulse <= servo.highestRaw, "\(servo.name)")
                    }
                }
            } catch {
                #expect(!error.problems.isEmpty, "\(damaged)")
            }
        }
    }
}
