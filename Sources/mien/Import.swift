import Actuation
import ArgumentParser
import FaceKit
import Foundation

/// `mien import`: robot files from other people's descriptions.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a robot file from a URDF or a Hanson-style motor file.",
        subcommands: [ImportURDF.self, ImportHanson.self])

    /// Writes what was made, unless that would overwrite something, and says what was left out.
    static func write(_ imported: ImportedRobot, robot: String, calibration: String?) throws {
        for path in [robot, calibration].compactMap({ $0 }) where FileManager.default.fileExists(atPath: path) {
            throw ValidationError("\(path) is there already; it was left alone")
        }
        let description = try RobotDescription(yaml: imported.robot, name: robot)
        var batch = FileBatch()
        try batch.add(imported.robot, to: robot)
        if let text = imported.calibration, let calibration {
            _ = try Calibration(yaml: text, name: calibration, robot: description)
            try batch.add(text, to: calibration)
        }
        try batch.publish()
        for remark in imported.remarks { print(Failure.printable(remark)) }
        print("\(description.actuators.count) actuators in \(robot)" + (calibration.map { ", tables in \($0)" } ?? ""))
    }
}

struct ImportURDF: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "urdf", abstract: "Take the joint limits of a URDF over.")

    @Argument(help: "The URDF.", completion: .file(extensions: ["urdf", "xml"]))
    var file: String

    @Option(name: .shortAndLong, help: .init("The robot file to write.", valueName: "file"))
    var out: String

    @Option(
        help: "The servos' make: \(ServoModel.allCases.filter(\.isDynamixel).map(\.rawValue).joined(separator: ", ")).")
    var model: String = ServoModel.xl430w250.rawValue

    func validate() throws { try OutputFiles.requireNames([(out, "--out")]) }

    func run() throws {
        guard let make = ServoModel(rawValue: model), make.isDynamixel else {
            throw ValidationError("--model \(model) is no Dynamixel that Mien knows")
        }
        try Import.write(URDFImport.read(file, model: make), robot: out, calibration: nil)
    }
}

struct ImportHanson: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hanson", abstract: "Take a Hanson-style motor file over, its mappings included.")

    @Argument(help: "The motor file.", completion: .file(extensions: ["yaml"]))
    var file: String

    @Option(name: .shortAndLong, help: .init("The robot file to write.", valueName: "file"))
    var out: String

    @Option(help: .init("The calibration to write.", valueName: "file"))
    var calibration: String

    @Option(help: "The robot's name. (default: the robot file's)")
    var name: String?

    @Option(help: "Where the eyes look, as the subject has it, when the file's gaze yaw is positive: left or right.")
    var gazeYaw: GazeSigns.Yaw?

    @Option(help: "Where the eyes look when the file's gaze pitch is positive: up or down.")
    var gazePitch: GazeSigns.Pitch?

    func validate() throws { try OutputFiles.requireNames([(out, "--out"), (calibration, "--calibration")]) }

    func run() throws {
        let plain = ((out as NSString).lastPathComponent as NSString).deletingPathExtension
        try Import.write(
            HansonImport.read(file, name: name ?? plain, gaze: GazeSigns(yaw: gazeYaw, pitch: gazePitch)), robot: out,
            calibration: calibration)
    }
}

/// `mien schema`: the JSON schemas of robot and calibration files.
struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the JSON schema of robot or calibration files, for editors.")

    @Argument(help: "robot or calibration.")
    var kind: String

    func run() throws {
        guard let kind = DescriptionSchema.Kind(rawValue: kind) else {
            throw ValidationError("found \(kind), expected robot or calibration")
        }
        print(DescriptionSchema.json(kind), terminator: "")
    }
}

extension GazeSigns.Yaw: ExpressibleByArgument {}
extension GazeSigns.Pitch: ExpressibleByArgument {}
