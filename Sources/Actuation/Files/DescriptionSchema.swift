import FaceKit
import Foundation

/// The JSON schemas (draft 2020-12) of robot and calibration files, made from the vocabulary that the readers use, so that
/// an editor completes and checks what `mien check` accepts. What a schema cannot say (names that must match, tables that
/// must be monotone, limits of the robot) only `mien check` finds.
public enum DescriptionSchema {
    /// The kinds of file that have a schema.
    public enum Kind: String, Sendable, CaseIterable {
        case robot
        case calibration
    }

    /// The schema of a kind of file as pretty JSON.
    public static func json(_ kind: Kind) -> String {
        let object: [String: Any] =
            switch kind {
            case .robot: robot
            case .calibration: calibration
            }
        let data =
            (try? JSONSerialization.data(
                withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    // MARK: - Parts

    private typealias Schema = [String: Any]

    private static var text: Schema { ["type": "string", "minLength": 1] }
    private static func number(_ low: Double, _ high: Double) -> Schema {
        ["type": "number", "minimum": low, "maximum": high]
    }
    private static func whole(_ range: ClosedRange<Int>) -> Schema {
        ["type": "integer", "minimum": range.lowerBound, "maximum": range.upperBound]
    }
    private static func choice(_ names: [String]) -> Schema { ["enum": names] }
    private static func object(_ properties: [String: Any], required: [String] = []) -> Schema {
        ["type": "object", "properties": properties, "required": required, "additionalProperties": false]
    }
    private static func map(_ value: Schema) -> Schema {
        ["type": "object", "additionalProperties": value, "minProperties": 1]
    }
    private static func head(_ title: String, _ schema: Schema) -> Schema {
        schema.merging(["$schema": "https://json-schema.org/draft/2020-12/schema", "title": title]) { $1 }
    }

    // MARK: - Robot

    private static var robot: Schema {
        head(
            "A robot type for Mien",
            object(
                [
                    "name": text, "control_rate_hz": number(50, 500),
                    "buses": map(["oneOf": BusKind.allCases.map(bus)]), "motion": map(motion),
                    "actuators": ["type": "array", "items": ["oneOf": actuators], "minItems": 1] as Schema,
                    "head": group,
                    "protection": object([
                        "warm_c": number(20, 100), "hot_c": number(20, 100), "load": number(0.1, 0.99),
                        "load_s": number(0.1, 60),
                    ]),
                ], required: ["name", "buses", "motion", "actuators"]))
    }

    private static func bus(_ kind: BusKind) -> Schema {
        let own: [String: Schema] = [
            "device": whole(0...127), "crc": ["type": "boolean"], "channels": choice6,
            "watchdog_ms": whole(0...2540).merging(["multipleOf": 20]) { $1 },
        ]
        var properties: [String: Any] = [
            "kind": ["const": kind.rawValue] as Schema, "port": text, "baud": whole(9600...4_500_000),
            "at_end": choice(RobotDescription.Bus.AtEnd.allCases.map(\.rawValue)),
        ]
        for key in kind.ownKeys { properties[key] = own[key] }
        return object(properties, required: ["kind"])
    }

    private static var choice6: Schema { ["enum": [6, 12, 18, 24]] }

    private static var motion: Schema {
        let rates = [("velocity", "s"), ("acceleration", "s2"), ("jerk", "s3")]
        let rate = number(1e-3, 1e12)
        var properties: [String: Any] = [:]
        for (name, unit) in rates {
            properties["\(name)_deg_per_\(unit)"] = rate
            properties["\(name)_us_per_\(unit)"] = rate
        }
        return object(properties).merging(
            [
                "allOf": rates.map { name, unit in
                    [
                        "oneOf": ["deg", "us"].map { ["required": ["\(name)_\($0)_per_\(unit)"]] as Schema }
                    ] as Schema
                }
            ]) { $1 }
    }

    /// One form an own place key, for a schema does not follow an actuator's bus to its kind.
    private static var actuators: [Schema] {
        Dictionary(grouping: BusKind.allCases) { "\($0.placeKey) \($0.unit.rawValue)" }.sorted { $0.key < $1.key }
            .compactMap { _, kinds in
                guard let kind = kinds.first else { return nil }
                let unit = kind.unit.rawValue
                let places = kinds.map(\.places.upperBound).max() ?? 0
                let raw: Schema =
                    switch kind.unit {
                    case .microseconds: number(64, 4095.75)
                    case .ticks: number(0, 4095)
                    case .degrees: number(0, 180)
                    }
                var properties: [String: Any] = [
                    "name": text, "bus": text, kind.placeKey: whole(0...places), "motion": text,
                ]
                for end in ["min", "neutral", "max", "safe"] { properties["\(end)_\(unit)"] = raw }
                if kind.actuatorKeys.contains("model") {
                    properties["model"] = choice(ServoModel.allCases.map(\.rawValue))
                }
                if kind.actuatorKeys.contains("pulse_scale_deg_per_us") {
                    properties["pulse_scale_deg_per_us"] = number(0.001, 1)
                }
                let required =
                    ["name", kind.placeKey, "motion", "min_\(unit)", "neutral_\(unit)", "max_\(unit)"]
                    + (kind.actuatorKeys.contains("model") ? ["model"] : [])
                return object(properties, required: required)
            }
    }

    private static var group: Schema {
        let millimetres = [
            "arm_mm", "rod_mm", "motor_radius_mm", "motor_offset_mm", "motor_height_mm", "anchor_radius_mm",
            "height_mm",
        ]
        var properties: [String: Any] = [
            "kind": ["const": "stewart"] as Schema,
            "motors": ["type": "array", "items": text, "minItems": 6, "maxItems": 6] as Schema, "body": text,
            "anchor_half_angle_deg": number(0, 59), "most_twist_deg": number(0, 180), "most_tilt_deg": number(0, 90),
        ]
        for key in millimetres { properties[key] = number(0.1, 1000) }
        return object(
            properties,
            required: ["kind", "motors", "anchor_half_angle_deg", "most_twist_deg", "most_tilt_deg"] + millimetres)
    }

    // MARK: - Calibration

    private static var calibration: Schema {
        head(
            "The calibration of a robot unit for Mien",
            object(
                [
                    "robot": text, "serial": text, "date": text, "rest": effects,
                    "antagonists": [
                        "type": "array",
                        "items": [
                            "type": "array", "prefixItems": [text, text, number(0.1, 2)], "minItems": 2, "maxItems": 3,
                        ] as Schema,
                    ] as Schema,
                    "actuators": map(entry),
                ], required: ["robot", "actuators"]))
    }

    private static var effects: Schema {
        [
            "type": "object", "propertyNames": choice(Array(FaceChannel.names.prefix(FaceEffects.channelCount))),
            "additionalProperties": number(-100, 100),
        ]
    }

    private static var entry: Schema {
        let weight = number(-1e6, 1e6)
        let terms: Schema = [
            "type": "object", "propertyNames": choice(FaceChannel.names),
            "additionalProperties": [
                "oneOf": [weight, object(["weight": weight, "neutral": weight], required: ["weight"])]
            ]
                as Schema,
        ]
        let point: Schema = ["type": "array", "prefixItems": [weight, weight], "minItems": 2, "maxItems": 2]
        var properties: [String: Any] = [
            "inputs": terms, "landmark_inputs": terms, "shows": effects, "shows_below": effects,
            "worst_error_deg": number(0, 180),
            "table": ["type": "array", "items": point, "minItems": Calibration.fewestPoints] as Schema,
        ]
        for unit in ServoScale.Unit.allCases {
            for key in ["neutral", "backlash", "low", "high"] { properties["\(key)_\(unit.rawValue)"] = weight }
        }
        return object(properties).merging(
            ["oneOf": ServoScale.Unit.allCases.map { ["required": ["neutral_\($0.rawValue)"]] as Schema }]
        ) { $1 }
    }
}
