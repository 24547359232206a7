import Foundation

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Takes the joints of a URDF over into a robot file: names, limits of position and velocity; soft limits where they are
/// narrower. Source: ROS wiki, urdf/XML/joint.
///
/// A URDF knows neither buses nor ids nor acceleration: the servos become Dynamixel of one model with ids from 1 on, and
/// acceleration and jerk follow from velocity (an eighth of a second to full speed, and a twentieth to full acceleration),
/// all of which the file says.
public enum URDFImport {
    /// One joint that turns.
    struct Joint: Equatable {
        var name = ""
        var kind = ""
        var lower = 0.0
        var upper = 0.0
        var velocity: Double?
        var softLower: Double?
        var softUpper: Double?
        var isMimic = false
    }

    /// Reads a URDF.
    /// - Parameter model: the servos' make, since ticks depend on it.
    public static func read(_ path: String, model: ServoModel = .xl430w250) throws(ImportedRobot.Failure)
        -> ImportedRobot
    {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: "it cannot be read")
        }
        guard data.count <= 16 << 20 else { throw .unreadable(path: path, reason: "it is larger than 16 MiB") }
        return try read(data, path: path, model: model)
    }

    static func read(_ data: Data, path: String, model: ServoModel) throws(ImportedRobot.Failure) -> ImportedRobot {
        let reader = Reader()
        let parser = XMLParser(data: data)
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        guard parser.parse() else {
            throw .notXML(
                path: path, line: parser.lineNumber,
                reason: parser.parserError?.localizedDescription ?? "it cannot be parsed")
        }
        var remarks: [String] = []
        var lines: [String] = []
        var motions: [String: Double] = [:]
        let scale = model.scale
        for joint in reader.joints {
            guard joint.kind == "revolute" || joint.kind == "continuous" else {
                if joint.kind != "fixed" {
                    remarks.append("\(joint.name) is \(joint.kind), which no servo here is: left out")
                }
                continue
            }
            if joint.isMimic {
                remarks.append("\(joint.name) mimics another joint: left out")
                continue
            }
            var (lower, upper) = joint.kind == "continuous" ? (-Double.pi, Double.pi) : (joint.lower, joint.upper)
            lower = max(lower, joint.softLower ?? lower)
            upper = min(upper, joint.softUpper ?? upper)
            let low = max((scale.raw(ofRadians: lower)).rounded(.up), scale.possible.lowerBound)
            let high = min((scale.raw(ofRadians: upper)).rounded(.down), scale.possible.upperBound)
            guard high - low >= 1 else {
                remarks.append(
                    "\(joint.name) has no way to go (\(ImportedRobot.fine(lower)) to \(ImportedRobot.fine(upper)) rad): left out"
                )
                continue
            }
            let velocity = joint.velocity.flatMap { $0 > 0 && $0.isFinite ? $0 : nil } ?? 2
            if joint.velocity == nil { remarks.append("\(joint.name) says no velocity: 2 rad/s is assumed") }
            let motion = "v" + String(Int((velocity * 180 / .pi).rounded()))
            motions[motion] = velocity
            let neutral = min(max(scale.raw(ofRadians: 0).rounded(), low), high)
            lines.append(
                "  - {name: \(ImportedRobot.name(joint.name, else: "joint")), id: \(lines.count + 1), model: \(model.rawValue), "
                    + "min_ticks: \(Int(low)), neutral_ticks: \(Int(neutral)), max_ticks: \(Int(high)), motion: \(motion)}"
            )
        }
        guard !lines.isEmpty else { throw .nothing(path: path, expected: "at least one revolute joint with limits") }
        let rates = motions.sorted { $0.key < $1.key }.map { name, velocity in
            let degrees = velocity * 180 / .pi
            return "  \(name): {velocity_deg_per_s: \(ImportedRobot.plain(degrees)), "
                + "acceleration_deg_per_s2: \(ImportedRobot.plain(degrees * 8)), "
                + "jerk_deg_per_s3: \(ImportedRobot.plain(degrees * 160))}"
        }
        remarks.append("ids are counted and the model is assumed: set both to those of your servos")
        let text =
            ([
                "# Imported from a URDF: limits and velocities are its own; ids, models, acceleration and jerk are assumed."
            ]
            + ["", "name: \(ImportedRobot.name(reader.robot, else: "imported"))", "control_rate_hz: 100", ""]
            + ["buses:", "  servos: {kind: dynamixel, baud: 1000000}", "", "motion:"] + rates + ["", "actuators:"]
            + lines).joined(separator: "\n") + "\n"
        return ImportedRobot(robot: text, calibration: nil, remarks: remarks)
    }

    /// Collects the joints.
    private final class Reader: NSObject, XMLParserDelegate {
        var robot = ""
        var joints: [Joint] = []
        private var joint: Joint?
        private var depth = 0

        func parser(
            _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
            qualifiedName: String?, attributes: [String: String]
        ) {
            depth += 1
            func number(_ key: String) -> Double? {
                attributes[key].flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
            }
            switch element {
            case "robot" where depth == 1: robot = attributes["name"] ?? ""
            case "joint" where depth == 2:
                joint = Joint(name: attributes["name"] ?? "", kind: attributes["type"] ?? "")
            case "limit" where depth == 3:
                joint?.lower = number("lower") ?? 0
                joint?.upper = number("upper") ?? 0
                joint?.velocity = number("velocity")
            case "safety_controller" where depth == 3:
                joint?.softLower = number("soft_lower_limit")
                joint?.softUpper = number("soft_upper_limit")
            case "mimic" where depth == 3: joint?.isMimic = true
            default: break
            }
        }

        func parser(
            _ parser: XMLParser, didEndElement element: String, namespaceURI: String?, qualifiedName: String?
        ) {
            if element == "joint", depth == 2, let done = joint {
                joints.append(done)
                joint = nil
            }
            depth -= 1
        }
    }
}
