import Actuation
import ArgumentParser
import Foundation
import Runtime

/// A robot file of a command line: a path, or the name of a robot that ships.
struct RobotFile: ExpressibleByArgument {
    let path: String

    init(argument: String) { path = Self.shipped(argument) ?? argument }

    static var defaultCompletionKind: CompletionKind { .file(extensions: ["yaml"]) }

    /// Neither a file nor a robot that ships.
    struct Unknown: Error, CustomStringConvertible {
        let name: String
        let shipped: [String]

        var description: String {
            "\(name): there is no such file and no such robot; those that ship are "
                + shipped.sorted().joined(separator: ", ")
        }
    }

    /// Reads the robot.
    ///
    /// - Throws: what is wrong with the file, or `Unknown`.
    func description() throws -> RobotDescription {
        if !path.contains("/"), !FileManager.default.fileExists(atPath: path) {
            throw Unknown(name: path, shipped: try Self.names())
        }
        return try RobotDescription(path: path)
    }

    /// Where the calibration of a robot that ships is.
    func calibration(in home: Home) -> String { home.file("Calibration/" + (path as NSString).lastPathComponent) }

    private static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: try Home.find().file("Robots"))
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
    }

    /// The file of a robot by its name alone; a file or folder of that name in the current folder goes first.
    private static func shipped(_ name: String) -> String? {
        guard !name.contains("/"), !FileManager.default.fileExists(atPath: name),
            (try? names())?.contains(name) == true
        else { return nil }
        return try? Home.find().file("Robots/\(name).yaml")
    }
}
