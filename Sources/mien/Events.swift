import ArgumentParser
import Foundation
import Runtime

/// `mien events`: what happens in a running controller, as it happens.
struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow what happens in a running controller until Ctrl-C.",
        discussion: "One line an event; with --json one JSON object a line with at least 'event' and 'seconds'.")

    @OptionGroup var choice: RobotChoice

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @Option(help: "End after so many events.")
    var count: Int?

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be at least 1") }
    }

    func run() throws {
        var client = try choice.connect()
        try client.ask(.events)
        var left = count ?? .max
        while left > 0 {
            let line = try client.nextLine(within: nil)
            guard let text = json ? line : Self.text(line) else { continue }
            // At once: whoever reads the pipe waits for it.
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
            left -= 1
        }
    }

    /// An event in one line: its time, its name and its facts.
    private static func text(_ line: String) -> String? {
        guard var facts = try? JSONDecoder().decode([String: Scalar].self, from: Data(line.utf8)),
            case .text(let name)? = facts.removeValue(forKey: "event")
        else { return nil }
        var time = ""
        if case .number(let seconds)? = facts.removeValue(forKey: "seconds") {
            time = String(format: "%9.3f s  ", seconds)
        }
        let rest = facts.sorted { $0.key < $1.key }.map { "  \($0.key)=\(Self.text($0.value))" }
        return Failure.printable(time + name + rest.joined())
    }

    private static func text(_ value: Scalar) -> String {
        switch value {
        case .null: "nothing"
        case .boolean(let value): value ? "yes" : "no"
        case .number(let value): Int(exactly: value).map(String.init) ?? String(value)
        case .text(let value): value
        }
    }
}
