import FaceKit
import Foundation
import Yams

/// The gestures and expressions of a folder, by name: one YAML file a gesture, one file of expressions.
public struct GestureLibrary: Sendable {
    /// One gesture.
    public struct Gesture: Sendable, Equatable {
        public let summary: String
        public let clip: MotionClip
    }

    public private(set) var gestures: [String: Gesture] = [:]
    public private(set) var expressions: [String: [Blendshape: Float]] = [:]

    /// What is wrong with a file.
    public struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        public let file: String
        public let line: Int?
        public let message: String
        public var description: String { (line.map { "\(file):\($0)" } ?? file) + ": " + message }
    }

    public init() {}

    /// Reads `Gestures/*.yaml` and `Expressions.yaml` of a folder.
    public init(folder: String) throws {
        let gestureFolder = folder + "/Gestures"
        let names = try FileManager.default.contentsOfDirectory(atPath: gestureFolder).filter { $0.hasSuffix(".yaml") }
        for name in names.sorted() {
            let path = gestureFolder + "/" + name
            gestures[String(name.dropLast(5))] = try Self.gesture(Self.text(path), file: path)
        }
        let path = folder + "/Expressions.yaml"
        expressions = try Self.expressions(Self.text(path), file: path)
    }

    private static func text(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Problem(file: path, line: nil, message: "cannot be read")
        }
        return text
    }

    private static func mapping(_ text: String, _ file: String) throws -> Node.Mapping {
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch {
            throw Problem(file: file, line: nil, message: "is not YAML: \(error)")
        }
        guard let mapping = node?.mapping else {
            throw Problem(file: file, line: node?.mark?.line, message: "found no mapping of keys")
        }
        return mapping
    }

    /// Reads a gesture: its length in `seconds`, and `frames`, each `at_s` with the channels' values there. A channel
    /// begins and ends at 0; head angles are in degrees.
    public static func gesture(_ text: String, file: String) throws -> Gesture {
        let top = try mapping(text, file)
        for (key, _) in top where !["summary", "seconds", "frames"].contains(key.string ?? "") {
            throw Problem(
                file: file, line: key.mark?.line,
                message: "\(key.string ?? "a key") is not known, expected summary, seconds or frames")
        }
        guard let seconds = top["seconds"]?.float, (0.05...60).contains(seconds) else {
            throw Problem(
                file: file, line: top["seconds"]?.mark?.line, message: "seconds: expected a number from 0.05 to 60")
        }
        guard let frames = top["frames"]?.sequence, frames.count > 0 else {
            throw Problem(file: file, line: top["frames"]?.mark?.line, message: "frames: expected at least one")
        }
        var curves: [FaceChannel: [MotionClip.Key]] = [:]
        var before = 0.0
        for frame in frames {
            let line = frame.mark?.line
            guard let values = frame.mapping, let time = values["at_s"]?.float, time > before, time < seconds else {
                throw Problem(
                    file: file, line: line,
                    message: "at_s: expected times that rise, above 0 and below seconds")
            }
            before = time
            for (key, node) in values where key.string != "at_s" {
                let (channel, value) = try value(key, node, file)
                curves[channel, default: [.init(0, 0)]].append(.init(time, value))
            }
        }
        return Gesture(
            summary: top["summary"]?.string ?? "",
            clip: MotionClip(curves: curves.mapValues { $0 + [.init(seconds, 0)] }, duration: seconds))
    }

    /// A channel and its value: a coefficient from 0 to 1, or a head angle in degrees.
    private static func value(_ key: Node, _ node: Node, _ file: String) throws -> (FaceChannel, Float) {
        let name = key.string ?? ""
        let isAngle = name.hasPrefix("head_") && name.hasSuffix("_deg")
        let channelName = isAngle ? String(name.dropLast(3)) + "rad" : name
        guard let channel = FaceChannel(name: channelName), channel.rawValue < 55, isAngle == (channel.rawValue >= 52)
        else {
            throw Problem(
                file: file, line: key.mark?.line,
                message: "\(name) is no channel, expected a blendshape or head_yaw_deg, head_pitch_deg, head_roll_deg")
        }
        let range = isAngle ? -60.0...60.0 : 0.0...1.0
        guard let number = node.float, range.contains(number) else {
            throw Problem(
                file: file, line: node.mark?.line,
                message: "\(name): expected a number from \(Int(range.lowerBound)) to \(Int(range.upperBound))")
        }
        return (channel, Float(isAngle ? number * .pi / 180 : number))
    }

    /// Reads expressions: a name and its coefficients each.
    public static func expressions(_ text: String, file: String) throws -> [String: [Blendshape: Float]] {
        var result: [String: [Blendshape: Float]] = [:]
        for (key, node) in try mapping(text, file) {
            guard let name = key.string, let values = node.mapping else {
                throw Problem(file: file, line: key.mark?.line, message: "expected a name and its coefficients")
            }
            for (shapeKey, valueNode) in values {
                let (channel, value) = try value(shapeKey, valueNode, file)
                guard let shape = Blendshape(rawValue: channel.rawValue) else {
                    throw Problem(file: file, line: shapeKey.mark?.line, message: "an expression has no head angles")
                }
                result[name, default: [:]][shape] = value
            }
        }
        return result
    }
}
