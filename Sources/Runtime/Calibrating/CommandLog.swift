import Actuation
import Foundation
import SwiftCSV

/// What a robot was told while its face was recorded: a CSV with `time_s` and one column of raw values an actuator.
public struct CommandLog: Sendable {
    public struct Row: Sendable, Equatable {
        /// Seconds from the start.
        public var time: Double
        /// Raw values in the robot's order.
        public var raws: [Double]

        public init(time: Double, raws: [Double]) {
            self.time = time
            self.raws = raws
        }
    }

    public var rows: [Row]

    public init(rows: [Row] = []) { self.rows = rows }

    /// What is wrong with a file.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case unreadable(path: String, reason: String)
        case missingColumn(path: String, name: String)
        case notANumber(path: String, line: Int, column: String, found: String)
        case timeNotRising(path: String, line: Int)
        case noHolds(path: String)

        public var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): \(reason)"
            case .missingColumn(let path, let name):
                "\(path): found no column \(name), expected time_s and one for every actuator"
            case .notANumber(let path, let line, let column, let found):
                "\(path):\(line): \(column): found \"\(found)\", expected a number"
            case .timeNotRising(let path, let line): "\(path):\(line): time_s does not rise"
            case .noHolds(let path):
                "\(path): the robot never stands still for as long as it takes its face to settle; "
                    + "expected a log of mien calibrate record"
            }
        }
    }

    public init(path: String, robot: RobotDescription) throws(Failure) {
        let table: CSV<Named>
        do { table = try CSV<Named>(url: URL(fileURLWithPath: path)) } catch {
            throw .unreadable(path: path, reason: "expected a readable CSV: \(error.localizedDescription)")
        }
        for name in ["time_s"] + robot.actuators.map(\.name) where !table.header.contains(name) {
            throw .missingColumn(path: path, name: name)
        }
        rows = []
        for (index, cells) in table.rows.enumerated() {
            func number(_ column: String) throws(Failure) -> Double {
                let text = cells[column] ?? ""
                guard let value = Double(text), value.isFinite else {
                    throw .notANumber(
                        path: path, line: index + 2, column: column, found: String(text.prefix(40)))
                }
                return value
            }
            let time = try number("time_s")
            if let last = rows.last, time <= last.time { throw .timeNotRising(path: path, line: index + 2) }
            var raws: [Double] = []
            for actuator in robot.actuators { raws.append(try number(actuator.name)) }
            rows.append(Row(time: time, raws: raws))
        }
    }

    /// The log as text that `init` reads.
    public func csv(robot: RobotDescription) -> String {
        let header = (["time_s"] + robot.actuators.map(\.name)).joined(separator: ",")
        let lines = rows.map { row in
            ([String(format: "%.3f", row.time)] + row.raws.map { String(format: "%.2f", $0) }).joined(separator: ",")
        }
        return ([header] + lines).joined(separator: "\n") + "\n"
    }

    /// Times through which nothing moved, and what was told then.
    public func holds(atLeast seconds: Double) -> [(times: ClosedRange<Double>, raws: [Double])] {
        var holds: [(times: ClosedRange<Double>, raws: [Double])] = []
        var first = 0
        for next in 1...max(1, rows.count) where first < rows.count {
            if next < rows.count, rows[next].raws == rows[first].raws { continue }
            let end = rows[next - 1].time
            if end - rows[first].time >= seconds { holds.append((rows[first].time...end, rows[first].raws)) }
            first = next
        }
        return holds
    }
}
