import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien status`: how a running controller stands.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how a running controller stands: ticks, who drives, layers, scripts and their errors.")

    @OptionGroup var choice: RobotChoice

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        var client = try choice.connect()
        let status = try client.status()
        if json {
            print(try JSONText.page(status))
        } else {
            print(StatusText.text(status))
        }
    }
}

/// A status in lines for people.
enum StatusText {
    static func text(_ status: ConsoleStatus) -> String {
        var lines = [
            "\(status.robot)  process \(status.process), running for \(seconds(status.seconds))",
            status.emergencyStop.map { "EMERGENCY STOP, pressed by \($0); mien clear lets go of it" },
            ticks(status.control),
            "motion    \(status.control.framesPlayed) frames played, \(status.control.framesMissed) missed, "
                + "\(status.control.fallbacks) fallbacks, driven by \(status.control.driver)",
            "limits    \(status.control.interventions) interventions, \(status.control.violations) violations",
            status.control.isLineLost ? "bus       lost, searching" : nil,
        ].compactMap(\.self)
        if let motion = status.motion {
            lines += self.motion(motion)
        } else {
            lines.append("the motion tick gave no answer")
        }
        return lines.map { Failure.printable($0) }.joined(separator: "\n")
    }

    private static func ticks(_ control: ConsoleStatus.Control) -> String {
        "control   \(control.ticks) ticks, \(control.lateTicks) late, \(control.skippedPeriods) skipped, "
            + "worst \(Int(control.worstLatenessUs.rounded())) µs late"
    }

    private static func motion(_ motion: ConsoleStatus.Motion) -> [String] {
        var lines = ["person    \(motion.personIsPresent ? "present" : "nobody")"]
        if !motion.drivers.isEmpty {
            let drivers = motion.drivers.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("drivers   " + drivers.joined(separator: ", "))
        }
        for layer in motion.layers {
            let weight = String(format: "%3.0f %%", layer.weight * 100)
            lines.append("layer     \(layer.name), priority \(layer.priority), \(weight)")
        }
        for script in motion.scripts { lines += self.script(script) }
        return lines
    }

    static func script(_ script: ConsoleStatus.Script) -> [String] {
        let traceback = script.traceback?.split(separator: "\n").map { "          \($0)" } ?? []
        return ["script    \(script.name) (\(script.file)): \(script.state)"]
            + (script.error.map { ["          \($0)"] } ?? []) + traceback
    }

    private static func seconds(_ value: Double) -> String {
        value < 120 ? String(format: "%.1f s", value) : String(format: "%.0f min", value / 60)
    }
}
