import Actuation
import FaceKit
import Foundation
import Motion
import Telemetry

/// A recording that was opened: what the run was made of, and its messages.
public final class RecordedRun {
    public let path: String
    public let manifest: RunManifest
    public let robot: RobotDescription
    public let calibration: Calibration
    /// The files that were attached, in a private folder.
    let files: ExtractedFiles
    private let reader: MCAPReader

    /// What in a recording does not fit.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case missing(path: String, attachment: String)
        case notWhole(path: String)
        case badMessage(path: String, topic: String, number: UInt32, expected: String)
        case otherFile(path: String, file: String, expected: String, found: String?)

        public var description: String {
            switch self {
            case .missing(let path, let name): "\(path): the attachment \(name) is missing"
            case .notWhole(let path):
                "\(path) was begun in the middle of a run, so the controller cannot be run again from its start; "
                    + "mien run --record holds all of it"
            case .badMessage(let path, let topic, let number, let expected):
                "\(path): message \(number) of \(topic) is not \(expected)"
            case .otherFile(let path, let file, let expected, let found):
                "\(file) is not the file that \(path) was recorded with: found sha256 \(found?.prefix(12) ?? "none"), "
                    + "expected \(expected.prefix(12))"
            }
        }
    }

    /// Opens a recording and reads its robot and calibration from what is attached to it.
    public init(path: String) throws {
        self.path = path
        reader = try MCAPReader(path: path)
        manifest = try RunManifest(reader.metadata[RunManifest.name], path: path)
        let reader = reader
        func text(_ name: String) throws -> String {
            guard let found = reader.attachments.first(where: { $0.name == name }) else {
                throw Error.missing(path: path, attachment: name)
            }
            return String(decoding: found.bytes, as: UTF8.self)
        }
        robot = try RobotDescription(yaml: try text("robot.yaml"), name: "\(path): robot.yaml")
        calibration = try Calibration(
            yaml: try text("calibration.yaml"), name: "\(path): calibration.yaml", robot: robot)
        files = try ExtractedFiles(reader.attachments)
        guard manifest.starts.count == robot.actuators.count else {
            throw RunManifest.Error.bad(
                path: path, key: "starts_rad", found: "\(manifest.starts.count) positions",
                expected: "\(robot.actuators.count)")
        }
    }

    /// Whether the recording was ended properly, rather than by a crash.
    public var isFinished: Bool { reader.isFinished }

    /// Messages that the recorder had no room for; a gap that cannot be run again.
    public var dropped: Int { reader.metadata["end of recording"]?["dropped"].flatMap(Int.init) ?? 0 }

    /// Calls `body` with every message in the order of the file.
    public func forEachMessage(_ body: (RecordedMessage) throws -> Void) throws { try reader.forEachMessage(body) }

    /// The models that the run had, from a home's files, which must be the same.
    public func generators(in home: Home) throws -> Generators {
        guard ["trained", "none"].contains(manifest.models) else {
            throw RunManifest.Error.bad(
                path: path, key: "models", found: manifest.models, expected: "trained or none, to run them again")
        }
        let generators =
            manifest.models == "trained"
            ? try Generators.trained(in: home, controls: manifest.controls) : try Generators.none(in: home)
        for (name, file) in generators.files.sorted(by: { $0.key < $1.key }) {
            let found = RunManifest.hash(of: file)
            guard let expected = manifest.hashes[name], found != expected else { continue }
            throw Error.otherFile(path: path, file: file, expected: expected, found: found)
        }
        return generators
    }

    /// The options of the run, with files as they were then.
    func options(in home: Home) -> Session.Options {
        var options = Session.Options(
            robot: files.path("robot.yaml"), calibration: files.path("calibration.yaml"), person: nil,
            seed: manifest.seed)
        if var behaviour = manifest.behaviour {
            behaviour.folder = files.path("Scripts")
            behaviour.moves = [home.file("Tracks"), home.file("Moves")]
            behaviour.scripts = behaviour.scripts.map { script in
                let attached = "Started/\(ScriptFiles.name(of: script)).lua"
                return files.names.contains(attached) ? files.path(attached) : script
            }
            options.behaviour = behaviour
        }
        return options
    }

    /// Reads a message, which must be what its channel says.
    func decode<Message: Decodable>(_: Message.Type, _ message: RecordedMessage) throws -> Message {
        do {
            return try JSONDecoder().decode(Message.self, from: Data(message.bytes))
        } catch {
            throw bad(message, "a \(Message.self)")
        }
    }

    func bad(_ message: RecordedMessage, _ expected: String) -> Error {
        .badMessage(path: path, topic: message.topic, number: message.sequence, expected: expected)
    }
}

/// The attachments of a recording in a private folder that goes when this does.
final class ExtractedFiles {
    /// The names that were taken.
    private(set) var names: Set<String> = []
    private let folder: String

    /// Takes only names that stay in the folder; others are left alone.
    init(_ attachments: [RecordedAttachment]) throws {
        folder = NSTemporaryDirectory() + "mien-recording-" + UUID().uuidString
        for part in ["", "/Scripts/Gestures", "/Started"] {
            try FileManager.default.createDirectory(
                atPath: folder + part, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        for attachment in attachments where Self.isHarmless(attachment.name) {
            try Data(attachment.bytes).write(to: URL(fileURLWithPath: path(attachment.name)))
            names.insert(attachment.name)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }

    private static func isHarmless(_ name: String) -> Bool {
        guard name.utf8.count < 200, let place = name.lastIndex(of: "/") else {
            return ["robot.yaml", "calibration.yaml"].contains(name)
        }
        let file = name[name.index(after: place)...]
        return ["Scripts", "Scripts/Gestures", "Started"].contains(String(name[..<place])) && !file.isEmpty
            && !file.hasPrefix(".") && !file.unicodeScalars.contains { $0.value < 0x20 || $0 == "\\" }
    }
}
