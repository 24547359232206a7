import FaceKit
import Foundation
import Hardware
import Inference
import Motion
import Telemetry

/// What a run was made of, as far as its outputs depend on it: stands at the head of a recording, and is enough to run
/// the controller again.
public struct RunManifest: Sendable {
    /// The number of this way of recording; a reader refuses a higher one.
    public static let format = 1
    /// The name of the metadata.
    public static let name = "mien"

    public var robot = ""
    public var robotFile = ""
    public var calibrationFile = ""
    public var person: String?
    public var seed: UInt64 = 0
    /// Which set of kernels computed the models.
    public var kernels = ""
    /// Which motion models ran: `trained`, or `none`.
    public var models = ""
    public var controls = MotionControls()
    /// Scripts and what the robot did of itself; nil where the generators' own frames were shown.
    public var behaviour: Session.Behaviour?
    public var controlRate = 0.0
    public var motionRate = 0.0
    public var isVirtual = false
    /// Where each actuator was taken to stand at the start, rad, in the robot file's order.
    public var starts: [Double] = []
    /// SHA-256 of each file that was read, by what it is for.
    public var hashes: [String: String] = [:]
    /// Whether it holds the run from its first tick on, without which it cannot be run again.
    public var isWhole = true
    /// When the recording began, ISO 8601; empty on the virtual clock.
    public var began = ""

    public init() {}

    /// The manifest of a session that starts with its actuators there.
    init(_ session: Session, starts: [Double], isVirtual: Bool) {
        let options = session.options
        robot = session.robot.name
        robotFile = options.robot
        calibrationFile = options.calibration
        person = options.person
        seed = options.seed
        kernels = KernelSet.active.rawValue
        models = session.generators.name
        controls = session.generators.controls
        behaviour = options.behaviour
        controlRate = session.robot.controlRate
        motionRate = Generators.frameRate
        self.isVirtual = isVirtual
        self.starts = starts
        var files = session.generators.files
        files["robot"] = options.robot
        files["calibration"] = options.calibration
        files["person"] = options.person
        hashes = files.compactMapValues { Self.hash(of: $0) }
        if !isVirtual { began = Date().ISO8601Format() }
    }

    /// The files that a rerun needs and that may have changed until then: robot, calibration, and the folder of scripts,
    /// gestures and expressions, with the scripts that were named.
    var attachments: [RecordedAttachment] {
        func attachment(_ name: String, _ path: String, _ mediaType: String) -> RecordedAttachment? {
            FileManager.default.contents(atPath: path).map {
                RecordedAttachment(name: name, mediaType: mediaType, bytes: Array($0))
            }
        }
        var files = [
            attachment("robot.yaml", robotFile, "application/yaml"),
            attachment("calibration.yaml", calibrationFile, "application/yaml"),
        ]
        guard let behaviour else { return files.compactMap(\.self) }
        for folder in ["", "Gestures/"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: behaviour.folder + "/" + folder)) ?? []
            for name in names.sorted() where name.hasSuffix(".yaml") || name.hasSuffix(".lua") {
                let type = name.hasSuffix(".lua") ? "text/x-lua" : "application/yaml"
                files.append(attachment("Scripts/\(folder)\(name)", "\(behaviour.folder)/\(folder)\(name)", type))
            }
        }
        // One that is in the folder is found there by its name.
        for script in behaviour.scripts where FileManager.default.fileExists(atPath: script) {
            files.append(attachment("Started/\(ScriptFiles.name(of: script)).lua", script, "text/x-lua"))
        }
        return files.compactMap(\.self)
    }

    /// SHA-256 of a file, nil where it cannot be read.
    static func hash(of path: String) -> String? {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else { return nil }
        var digest = ByteDigest()
        data.withUnsafeBytes { digest.update($0) }
        return digest.hexadecimal
    }

    /// The pairs of the metadata.
    var pairs: [(String, String)] {
        var pairs = [
            ("format", String(Self.format)), ("robot", robot), ("robot_file", robotFile),
            ("calibration_file", calibrationFile), ("seed", String(seed)), ("kernels", kernels), ("models", models),
            ("intensity", "\(controls.intensity)"), ("liveliness", "\(controls.liveliness)"),
            ("control_rate_hz", "\(controlRate)"),
            ("motion_rate_hz", "\(motionRate)"), ("virtual", "\(isVirtual)"),
            ("starts_rad", starts.map(\.description).joined(separator: " ")), ("began", began),
            ("from_first_tick", "\(isWhole)"),
        ]
        if let behaviour {
            pairs.append(("behaviour", "true"))
            pairs.append(("autonomy", "\(behaviour.isAutonomous)"))
            pairs.append(("mirror_gain", "\(behaviour.mirrorGain)"))
            if let rate = behaviour.blinkRate { pairs.append(("blink_rate", "\(rate)")) }
            for (place, script) in behaviour.scripts.enumerated() { pairs.append(("script_\(place)", script)) }
            for (key, value) in behaviour.settings.sorted(by: { $0.key < $1.key }) {
                pairs.append(("config_\(key)", (try? JSONText.line(value)) ?? "null"))
            }
        }
        if let person { pairs.append(("person", person)) }
        for (file, hash) in hashes.sorted(by: { $0.key < $1.key }) { pairs.append(("sha256_\(file)", hash)) }
        return pairs
    }
}

extension RunManifest {
    /// What is wrong with a recording's head.
    public enum Error: Swift.Error, Equatable, CustomStringConvertible {
        case notMien(path: String)
        case format(path: String, found: String)
        case bad(path: String, key: String, found: String?, expected: String)

        public var description: String {
            switch self {
            case .notMien(let path):
                "\(path) is no recording of Mien: its metadata \"\(RunManifest.name)\" is missing or somebody else's"
            case .format(let path, let found):
                "\(path): found format \(found), expected \(RunManifest.format)"
            case .bad(let path, let key, let found, let expected):
                "\(path), metadata \(key): found \(found.map { "\"\($0.prefix(60))\"" } ?? "nothing"), expected \(expected)"
            }
        }
    }

    /// Reads the metadata of a recording; nothing in it is trusted.
    init(_ pairs: [String: String]?, path: String) throws(Error) {
        guard let pairs else { throw .notMien(path: path) }
        func bad(_ key: String, _ expected: String) -> Error {
            .bad(path: path, key: key, found: pairs[key], expected: expected)
        }
        func text(_ key: String) throws(Error) -> String {
            guard let value = pairs[key] else { throw bad(key, "a text") }
            return value
        }
        func number(_ key: String, _ range: ClosedRange<Double>) throws(Error) -> Double {
            guard let value = pairs[key].flatMap(Double.init), range.contains(value) else {
                throw bad(key, "a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        guard let format = pairs["format"] else { throw .notMien(path: path) }
        guard format == String(Self.format) else { throw .format(path: path, found: format) }
        robot = try text("robot")
        robotFile = try text("robot_file")
        calibrationFile = try text("calibration_file")
        person = pairs["person"]
        guard let seed = UInt64(try text("seed")) else { throw bad("seed", "a whole number") }
        self.seed = seed
        kernels = try text("kernels")
        models = try text("models")
        let range = Double(MotionControls.range.lowerBound)...Double(MotionControls.range.upperBound)
        // Through Double, where a Float's own digits name the same Float.
        controls = MotionControls(
            intensity: Float(try number("intensity", range)), liveliness: Float(try number("liveliness", range)))
        controlRate = try number("control_rate_hz", 1...10_000)
        motionRate = try number("motion_rate_hz", 1...1000)
        guard let isVirtual = Bool(try text("virtual")) else { throw bad("virtual", "true or false") }
        self.isVirtual = isVirtual
        starts = try text("starts_rad").split(separator: " ").map { Double($0) ?? .nan }
        guard starts.allSatisfy({ abs($0) <= 1000 }) else { throw bad("starts_rad", "positions in radians") }
        began = pairs["began"] ?? ""
        isWhole = pairs["from_first_tick"] == "true"
        if pairs["behaviour"] == "true" {
            var behaviour = Session.Behaviour(folder: "")
            if pairs["blink_rate"] != nil { behaviour.blinkRate = try number("blink_rate", 0...60) }
            behaviour.mirrorGain = Float(try number("mirror_gain", 0...1))
            behaviour.isAutonomous = try text("autonomy") == "true"
            var place = 0
            while let script = pairs["script_\(place)"] {
                behaviour.scripts.append(script)
                place += 1
            }
            for (key, value) in pairs where key.hasPrefix("config_") {
                guard let setting = try? JSONDecoder().decode(Scalar.self, from: Data(value.utf8)) else {
                    throw bad(key, "a number, a text, true, false or null")
                }
                behaviour.settings[String(key.dropFirst(7))] = setting
            }
            self.behaviour = behaviour
        }
        for (key, value) in pairs where key.hasPrefix("sha256_") { hashes[String(key.dropFirst(7))] = value }
    }
}
