import Actuation
import Foundation

/// Where each actuator was last commanded to, kept from one run to the next: a hobby servo cannot say where it stands.
///
/// One small JSON file a robot under `$XDG_STATE_HOME/mien` (`~/.local/state/mien`), actuators by name, microseconds.
enum LastCommanded {
    private static func file(robot: RobotDescription) -> URL? {
        // A robot's name comes from a file: only a plain name may become a path.
        guard let folder = StateFolder.url,
            robot.name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        else {
            return nil
        }
        return folder.appendingPathComponent("\(robot.name).json")
    }

    /// Positions in radians, in the robot file's order; nil when there is no trustworthy file.
    static func read(robot: RobotDescription) -> [Double]? {
        guard let file = file(robot: robot), let data = try? Data(contentsOf: file),
            let pulses = try? JSONDecoder().decode([String: Double].self, from: data)
        else { return nil }
        let positions = robot.actuators.compactMap { actuator in
            pulses[actuator.name].flatMap { pulse in
                actuator.rawRange.contains(pulse) ? actuator.scale.radians(ofRaw: pulse) : nil
            }
        }
        return positions.count == robot.actuators.count ? positions : nil
    }

    /// Keeps the positions for the next run; without a place to write there is nothing to keep, and the next run
    /// assumes neutral.
    static func write(_ positions: [Double], robot: RobotDescription) {
        guard let file = file(robot: robot), positions.count == robot.actuators.count else { return }
        let pulses = Dictionary(
            uniqueKeysWithValues: zip(robot.actuators, positions).map { ($0.name, $0.scale.raw(ofRadians: $1)) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(pulses) else { return }
        try? FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try? data.write(to: file, options: .atomic)
    }
}
