import Actuation
import ArgumentParser
import Foundation

/// `mien calibrate table`: a table from points measured by hand.
struct CalibrateTable: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "Fit a monotone table to measured points: two numbers a line, raw value and angle.")

    @Argument(help: "A text file: on each line a raw value and the angle measured there; # begins a comment.")
    var file: String

    @Option(help: "Points of the table, at least 3.")
    var points = 7

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        try OutputFiles.requireNames([(file, "The points")])
        guard (3...100).contains(points) else { throw ValidationError("--points must be between 3 and 100") }
    }

    /// A line that is no pair of numbers.
    struct BadLine: Error, CustomStringConvertible {
        let file: String
        let line: Int
        let found: String
        var description: String { "\(file):\(line): found \"\(found)\", expected a raw value and an angle" }
    }

    /// A file that is not there, or is no text.
    struct Unreadable: Error, CustomStringConvertible {
        let file: String
        var description: String { "\(file): cannot be read as text" }
    }

    func run() throws {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { throw Unreadable(file: file) }
        var samples: [(input: Double, output: Double)] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
            let cells = content.split(whereSeparator: { " ,;\t\r".contains($0) })
            if cells.isEmpty { continue }
            guard cells.count == 2, let raw = Double(cells[0]), let angle = Double(cells[1]) else {
                throw BadLine(file: file, line: index + 1, found: String(content.prefix(40)))
            }
            samples.append((raw, angle))
        }
        let fit = try MonotoneFit(samples: samples, points: points)
        let table = zip(fit.table.inputs, fit.table.outputs).map { [$0, $1] }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            let object = Report(table: table, worst: fit.worstError, rms: fit.rootMeanSquare, samples: samples.count)
            print(String(decoding: try encoder.encode(object), as: UTF8.self))
            return
        }
        print(CurvePlot.text(samples: samples, curve: { fit.table($0) }, columns: 60, rows: 12))
        print(
            "table: ["
                + table.map { "[\(($0[0] * 100).rounded() / 100), \(($0[1] * 1000).rounded() / 1000)]" }
                .joined(separator: ", ") + "]")
        print(
            "worst error \((fit.worstError * 1000).rounded() / 1000), rms \((fit.rootMeanSquare * 1000).rounded() / 1000) "
                + "over \(samples.count) points")
    }

    private struct Report: Encodable {
        let table: [[Double]]
        let worst: Double
        let rms: Double
        let samples: Int

        enum CodingKeys: String, CodingKey {
            case table, samples
            case worst = "worst_error"
            case rms = "rms_error"
        }
    }
}
