import Actuation
import Foundation

/// The calibrations of a folder, by robot and serial number, with every older version kept.
///
/// The current file is `ROBOT-SERIAL.yaml`; what it replaced is moved to `history/ROBOT-SERIAL.DATE.yaml`.
public struct CalibrationStore: Sendable {
    public let folder: URL

    public init(folder: String) { self.folder = URL(fileURLWithPath: folder, isDirectory: true) }

    /// What stands in the way of saving or going back.
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case badSerial(String)
        case nothingOlder(file: String)
        case unsafe(file: String, reason: String)
        case notWritten(file: String, reason: String)

        public var description: String {
            switch self {
            case .badSerial(let serial):
                "\"\(serial)\" is no serial number: expected 1 to 40 letters, digits, dashes or underscores"
            case .nothingOlder(let file): "there is no older version of \(file) to go back to"
            case .unsafe(let file, let reason): "\(file) was not saved: \(reason)"
            case .notWritten(let file, let reason): "\(file) could not be written: \(reason)"
            }
        }
    }

    /// The current file of a unit.
    public func file(robot: String, serial: String) throws(Failure) -> URL {
        guard (1...40).contains(serial.utf8.count),
            serial.unicodeScalars.allSatisfy({
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".unicodeScalars.contains($0)
            })
        else { throw .badSerial(serial) }
        return folder.appendingPathComponent("\(robot)-\(serial).yaml")
    }

    /// Saves a calibration after it was read back against its robot and found safe; the file before is kept.
    /// - Returns: the path of the saved file.
    public func save(
        _ calibration: Calibration, robot: RobotDescription, remarks: [String], now: Date = Date()
    ) throws -> URL {
        var dated = calibration
        dated.date = Self.stamp.string(from: now)
        let file = try file(robot: robot.name, serial: calibration.serial ?? "")
        let text = dated.yaml(robot: robot, remarks: remarks)
        do {
            let again = try Calibration(yaml: text, name: file.lastPathComponent, robot: robot)
            try Self.check(again, robot, file)
        } catch let problems as FileProblems {
            throw Failure.unsafe(file: file.path, reason: problems.description)
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try retire(file)
            try Data(text.utf8).write(to: file, options: .atomic)
        } catch {
            throw Failure.notWritten(file: file.path, reason: error.localizedDescription)
        }
        return file
    }

    /// Goes back to the version before; the one that was current is kept beside the older ones.
    public func undo(robot: String, serial: String) throws -> URL {
        let file = try file(robot: robot, serial: serial)
        guard let newest = try older(file).last else { throw Failure.nothingOlder(file: file.path) }
        let undone = history.appendingPathComponent(newest.lastPathComponent + ".undone")
        do {
            if FileManager.default.fileExists(atPath: file.path) {
                try? FileManager.default.removeItem(at: undone)
                try FileManager.default.moveItem(at: file, to: undone)
            }
            try FileManager.default.moveItem(at: newest, to: file)
        } catch {
            throw Failure.notWritten(file: file.path, reason: error.localizedDescription)
        }
        return file
    }

    private var history: URL { folder.appendingPathComponent("history", isDirectory: true) }

    /// Older versions of a file, oldest first.
    public func older(_ file: URL) throws -> [URL] {
        let stem = file.deletingPathExtension().lastPathComponent + "."
        let all = (try? FileManager.default.contentsOfDirectory(at: history, includingPropertiesForKeys: nil)) ?? []
        return all.filter { $0.lastPathComponent.hasPrefix(stem) && $0.pathExtension == "yaml" }
            .sorted { $0.lastPathComponent < $1.lastPathComponent }
    }

    private func retire(_ file: URL) throws {
        guard FileManager.default.fileExists(atPath: file.path) else { return }
        try FileManager.default.createDirectory(at: history, withIntermediateDirectories: true)
        let stem = file.deletingPathExtension().lastPathComponent
        for number in try older(file).count... {
            let place = history.appendingPathComponent(String(format: "%@.%06d.yaml", stem, number))
            if FileManager.default.fileExists(atPath: place.path) { continue }
            try FileManager.default.moveItem(at: file, to: place)
            return
        }
    }

    /// Refuses what a reader would take and a face would not: tables that do not hold neutral, or that are far off.
    private static func check(_ calibration: Calibration, _ robot: RobotDescription, _ file: URL) throws(Failure) {
        for entry in calibration.entries {
            let actuator = robot.actuators[entry.actuator]
            if let reach = entry.reach {
                guard reach.upperBound - reach.lowerBound >= 0.1 * (actuator.highestRaw - actuator.lowestRaw) else {
                    throw .unsafe(
                        file: file.path, reason: "\(actuator.name) has less than a tenth of its range left")
                }
                guard reach.contains(entry.neutralRaw),
                    entry.table?.outputs.allSatisfy({ reach.contains($0) }) ?? true
                else {
                    throw .unsafe(
                        file: file.path, reason: "\(actuator.name) would be driven beyond the ends that were found")
                }
            }
            guard let table = entry.table else { continue }
            let (low, high) = (table.outputs.min() ?? 0, table.outputs.max() ?? 0)
            // Half a percent of the range, for rounding.
            let margin = 0.005 * (actuator.highestRaw - actuator.lowestRaw)
            guard entry.neutralRaw >= low - margin, entry.neutralRaw <= high + margin else {
                throw .unsafe(
                    file: file.path, reason: "the neutral of \(actuator.name) lies outside of its table")
            }
            if let worst = entry.worstError, worst > 10 * .pi / 180 {
                throw .unsafe(
                    file: file.path,
                    reason: "\(actuator.name) is off by \((worst * 1800 / .pi).rounded() / 10)°, more than 10°")
            }
        }
    }

    private static var stamp: ISO8601DateFormatter { ISO8601DateFormatter() }
}
