import Foundation

@testable import Actuation

/// The files that the repository ships.
enum ShippedFiles {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func robot() throws -> RobotDescription {
        try RobotDescription(path: root.appending(path: "Robots/maestro-face-23.yaml").path)
    }

    static func calibration() throws -> Calibration {
        try Calibration(path: root.appending(path: "Calibration/maestro-face-23.yaml").path, robot: robot())
    }
}
