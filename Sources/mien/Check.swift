import ArgumentParser
import FaceKit
import Foundation
import Runtime

/// `mien check`: says everything that is wrong with files before anything moves.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check robots, calibrations, models, tracks and scripts, and say everything that is wrong at once.",
        discussion: """
            A file's kind is told by its content. A calibration is checked against the robot that it names: one of the \
            files given, or Robots/NAME.yaml. The exit code is 2 when anything is wrong.
            """)

    @Argument(help: "The files to check.", completion: .file())
    var files: [String]

    @Option(help: "The robot file to check calibrations against.", completion: .file(extensions: ["yaml"]))
    var robot: String?

    @Flag(help: "Report as JSON.")
    var json = false

    func validate() throws { try OutputFiles.requireNames(files.map { ($0, "A file to check") }) }

    func run() throws {
        let reports = FileCheck(home: try? Home.find(), robotPath: robot).check(files)
        if json {
            print(try JSONText.page(["files": reports]))
        } else {
            for report in reports {
                for problem in report.problems { print(Failure.printable("\(problem)")) }
                for warning in report.warnings { print(Failure.printable("\(warning) (warning)")) }
                if let facts = report.facts { print(Failure.printable("\(report.file): ok, \(report.kind): \(facts)")) }
            }
        }
        guard reports.allSatisfy(\.problems.isEmpty) else { throw ExitCode(Failure.badInput) }
    }
}
