import Actuation
import Behaviour
import FaceKit
import Foundation
import Inference

/// Checks files of every kind that Mien reads, told apart by their content: robots, calibrations, models, tracks and
/// landmarks. What is wrong with them is said all at once.
public struct FileCheck: Sendable {
    /// What is known of one file after the check.
    public struct Report: Sendable, Equatable, Encodable {
        public let file: String
        public let kind: Kind
        /// What is in it, for people; nil when something is wrong.
        public var facts: String?
        public var problems: [Problem] = []
        /// What is hardly meant but can be.
        public var warnings: [Problem] = []
    }

    public enum Kind: String, Sendable, Encodable {
        case robot, calibration, model, track, landmarks, script, gesture, expressions, unknown
    }

    /// One thing that is wrong.
    public struct Problem: Sendable, Equatable, Encodable, CustomStringConvertible {
        public let file: String
        /// Line, counted from 1, where there is one.
        public let line: Int?
        /// Column, counted from 1, where there is one.
        public var column: Int? = nil
        /// Path of keys, column, metadata key or tensor, where there is one.
        public let key: String?
        public let message: String

        /// `file:line: key: message`, with the column after the line where there is one.
        public var description: String {
            let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self)
            return [place.joined(separator: ":"), key, message].compactMap(\.self).joined(separator: ": ")
        }
    }

    /// Where other files are looked for that a checked one needs: a calibration its robot, a model its basis.
    private let home: Home?
    /// The robot to check calibrations against, instead of the one they name.
    private let robotPath: String?

    public init(home: Home?, robotPath: String? = nil) {
        self.home = home
        self.robotPath = robotPath
    }

    /// Checks files; those among them that others need are used before those of the home.
    public func check(_ paths: [String]) -> [Report] { paths.map { check($0, beside: paths) } }

    private func check(_ path: String, beside paths: [String]) -> Report {
        guard let start = Self.start(of: path) else {
            let reason =
                FileManager.default.fileExists(atPath: path) ? "is not a file that can be read" : "is not there"
            let problem = Problem(file: path, line: nil, key: nil, message: reason)
            return Report(file: path, kind: .unknown, problems: [problem])
        }
        if path.lowercased().hasSuffix(".lua") { return checkScript(path) }
        if Self.isModel(start, path) { return ModelCheck(path: path, home: home, paths: paths).report() }
        return Self.isTable(start, path) ? checkTable(path, start) : checkDescription(path, beside: paths)
    }

    /// The first bytes of a regular file.
    private static func start(of path: String) -> Data? {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: 4096)) ?? Data()
    }

    /// A safetensors file starts with the length of its header, 8 bytes, and the brace that opens it.
    private static func isModel(_ start: Data, _ path: String) -> Bool {
        let bytes = [UInt8](start)
        if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[6] == 0, bytes[7] == 0 { return true }
        return path.hasSuffix(".safetensors")
    }

    /// A table's first line is a list of names; YAML has colons there, or a comment.
    private static func isTable(_ start: Data, _ path: String) -> Bool {
        let text = String(decoding: start, as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first ?? ""
        if line.contains(","), !line.contains(": "), !line.hasPrefix("#") { return true }
        return path.lowercased().hasSuffix(".csv")
    }

    private func checkScript(_ path: String) -> Report {
        var report = Report(file: path, kind: .script)
        let library = (home?.file("Scripts")).flatMap { try? GestureLibrary(folder: $0) }
        for finding in ScriptCheck(vocabulary: ScriptVocabulary(library: library)).check(path: path) {
            let problem = Problem(
                file: finding.file, line: finding.line, column: finding.column, key: nil, message: finding.message)
            if finding.severity == .error { report.problems.append(problem) } else { report.warnings.append(problem) }
        }
        if report.problems.isEmpty {
            let lines = (FileManager.default.contents(atPath: path) ?? Data()).count { $0 == 0x0A }
            report.facts = "\(lines) lines of Lua"
        }
        return report
    }

    private func checkTable(_ path: String, _ start: Data) -> Report {
        let header = String(decoding: start, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
        let isLandmarks = header.lowercased().split(separator: ",").contains("x_0")
        var report = Report(file: path, kind: isLandmarks ? .landmarks : .track)
        do {
            if isLandmarks {
                let contents = try LandmarkFile.read(path)
                report.facts = "\(contents.frames.count) frames in \(contents.hasDepth ? 3 : 2) dimensions"
            } else {
                let (track, format) = try TrackReader().read(path)
                let seconds = String(format: "%.1f s", track.duration)
                let channels = track.channels.columns.count
                report.facts = "\(format.rawValue), \(track.frames.count) frames, \(seconds), \(channels) channels"
            }
        } catch {
            report.problems = [Problem(error, file: path)]
        }
        return report
    }

    /// Gestures lie in a folder of that name, expressions in a file of theirs, as `GestureLibrary` finds them.
    private func checkLibrary(_ path: String) -> Report? {
        let url = URL(fileURLWithPath: path)
        let isGesture = url.deletingLastPathComponent().lastPathComponent == "Gestures"
        guard isGesture || url.lastPathComponent == "Expressions.yaml" else { return nil }
        var report = Report(file: path, kind: isGesture ? .gesture : .expressions)
        let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        do {
            if isGesture {
                let gesture = try GestureLibrary.gesture(text, file: path)
                report.facts = "\(gesture.clip.curves.count) channels, \(gesture.clip.duration) s"
            } else {
                report.facts = "\(try GestureLibrary.expressions(text, file: path).count) expressions"
            }
        } catch let problem as GestureLibrary.Problem {
            report.problems = [Problem(file: path, line: problem.line, key: nil, message: problem.message)]
        } catch {
            report.problems = [Problem(file: path, line: nil, key: nil, message: "\(error)")]
        }
        return report
    }

    private func checkDescription(_ path: String, beside paths: [String]) -> Report {
        if let report = checkLibrary(path) { return report }
        do {
            switch try DescriptionKind(path: path) {
            case .robot: return checkRobot(path)
            case .calibration: return checkCalibration(path, beside: paths)
            case .unknown(let keys):
                let message =
                    "found the keys \(keys.joined(separator: ", ")), expected those of a robot (name, buses, motion, "
                    + "actuators) or of a calibration (robot, actuators)"
                return Report(
                    file: path, kind: .unknown,
                    problems: [Problem(file: path, line: 1, key: nil, message: message)])
            }
        } catch {
            return Report(file: path, kind: .unknown, problems: error.problems.map { Problem($0) })
        }
    }

    private func checkRobot(_ path: String) -> Report {
        var report = Report(file: path, kind: .robot)
        do {
            let robot = try RobotDescription(path: path)
            report.facts =
                "\(robot.name), \(robot.actuators.count) actuators on \(robot.buses.count) "
                + "\(robot.buses.count == 1 ? "bus" : "buses"), \(Int(robot.controlRate.rounded())) Hz"
        } catch {
            report.problems = error.problems.map { Problem($0) }
        }
        return report
    }

    private func checkCalibration(_ path: String, beside paths: [String]) -> Report {
        var report = Report(file: path, kind: .calibration)
        do {
            let (name, line) = try Calibration.robot(namedIn: path)
            guard let robotFile = robotPath ?? robot(named: name, for: path, beside: paths) else {
                let message = "found \(name), expected the name of a robot file, here or in Robots/ (or give --robot)"
                report.problems = [Problem(file: path, line: line, key: "robot", message: message)]
                return report
            }
            let robot: RobotDescription
            do {
                robot = try RobotDescription(path: robotFile)
            } catch {
                let message = "its robot \(robotFile) has problems of its own: \(error)"
                report.problems = [Problem(file: path, line: line, key: "robot", message: message)]
                return report
            }
            let calibration = try Calibration(path: path, robot: robot)
            report.facts = "of \(calibration.robot), \(calibration.entries.count) actuators"
        } catch {
            report.problems = error.problems.map { Problem($0) }
        }
        return report
    }

    /// The file of the robot of that name: one of those that are checked, or one where robots are kept.
    private func robot(named name: String, for calibration: String, beside paths: [String]) -> String? {
        let given = paths.first { path in
            path.hasSuffix("yaml") && (try? RobotDescription(path: path))?.name == name
        }
        if let given { return given }
        guard !name.contains("/"), name != ".." else { return nil }
        let beside = URL(fileURLWithPath: calibration).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Robots/\(name).yaml").path
        let places: [String?] = [beside, home?.file("Robots/\(name).yaml")]
        return places.compactMap(\.self).first { FileManager.default.fileExists(atPath: $0) }
    }
}
