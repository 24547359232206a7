import Actuation
import FaceKit
import Telemetry

/// The channels of a recording: their topics, and JSON schemas that say every field's kind and unit.
struct RunChannels {
    enum Kind: Int, CaseIterable {
        case person, motion, control, targets, command, event
    }

    let all: [RecordedChannel]
    /// Topics of the buses, by their place in the robot file.
    let buses: [String]

    init(robot: RobotDescription) {
        buses = robot.buses.map { "/bus/\($0.name)" }
        all =
            Kind.allCases.map { Self.channel($0, robot) }
            + buses.map { RecordedChannel(topic: $0, schemaName: "mien.BusWrite", schema: Self.busSchema) }
    }

    static func topic(_ kind: Kind) -> String { "/\(kind)" }

    private static func channel(_ kind: Kind, _ robot: RobotDescription) -> RecordedChannel {
        let (name, schema) =
            switch kind {
            case .person: ("mien.Person", personSchema)
            case .motion: ("mien.Motion", motionSchema)
            case .control: ("mien.ControlTick", controlSchema)
            case .targets: ("mien.Targets", targetsSchema(robot))
            case .command: ("mien.Command", commandSchema)
            case .event: ("mien.Event", eventSchema)
            }
        return RecordedChannel(topic: topic(kind), schemaName: name, schema: schema)
    }

    // MARK: - Schemas

    private static let time = number("time_s", "Seconds since the run's first tick.")

    private static let personSchema = object(
        "What was sensed of the person when a motion tick asked, as it came.",
        [
            integer("tick", "The motion tick."), time, boolean("present", "Whether anybody is sensed."),
            number("source_time_s", "The source's own time stamp, seconds."),
            values("face", "What was sensed, by name: coefficients 0 to 1, head rad and m, voice 0 to 1."),
        ], required: ["tick", "time_s", "present"])

    private static let motionSchema = object(
        "The frame that a motion tick made.",
        [
            integer("tick", "The motion tick."), time, number("lateness_us", "How late the tick began, microseconds."),
            boolean("made", "Whether there is a frame; none where a generator failed."),
            text("driver", "Who made it."),
            number("listening", "The weight of listening, 0 to 1."),
            number("landmark_share", "How much of it was generated as landmarks, 0 to 1."),
            boolean("generated", "Whether a generator made it."),
            values("channels", "The face: coefficients 0 to 1, head rad and m, landmark distances."),
        ], required: ["tick", "time_s", "lateness_us", "made"])

    private static let controlSchema = object(
        "A control tick: when it began, what it took in, who drove.",
        [
            integer("tick", "The control tick."), time, integer("began_ns", "When it began, since the first tick."),
            number("lateness_us", "How late it began, microseconds."),
            integer("frame", "The motion tick whose frame it took from the slot, absent when there was no new one."),
            values("person", "A person's face that came to this tick without waiting for a motion tick."),
            text("driver", "Who drives the face."),
            boolean("settles", "Whether the run's end began with it."),
            text("pressed", "Who pressed the emergency stop in it."),
            boolean("cleared", "Whether an operator cleared the emergency stop in it."),
            text("stopped", "Who had pressed the emergency stop that holds the face."),
            texts("lost", "Buses that are lost."), texts("returned", "Buses that came back in it."),
            values("resumed", "Where the actuators of returned buses went on from, rad."),
            "\"strain\":{\"type\":\"object\",\"description\":\"What servos said of themselves since the tick before: °C, "
                + "load (-1 to 1), rad; null for one that says nothing any more.\"}",
        ], required: ["tick", "time_s", "began_ns", "lateness_us", "driver"])

    private static func targetsSchema(_ robot: RobotDescription) -> String {
        object(
            "What the limiter was asked for and what it made of that, for every actuator.",
            [
                integer("tick", "The control tick."), time,
                values("wanted", "Asked for, rad.", robot.actuators.map(\.name)),
                values("commanded", "Given to the buses, rad.", robot.actuators.map(\.name)),
            ], required: ["tick", "time_s", "wanted", "commanded"])
    }

    private static let commandSchema = object(
        "A command, with its fields, when it took effect.",
        [
            time, text("command", "Its name."), integer("tick", "The motion tick that performed it."),
            integer("control_tick", "The control tick that took it, for the emergency stop."),
        ], required: ["time_s", "command"])

    private static let eventSchema = object(
        "Something that happened, with its facts.",
        [
            time, text("event", "What happened."), number("seconds", "When, by the clock of who noticed it, seconds."),
        ], required: ["time_s", "event"])

    private static let busSchema = object(
        "Bytes that went down the bus.",
        [
            time, text("purpose", "Why: question, greeting, frame, again or farewell."),
            boolean("start", "Whether they begin it, or go on with it."),
            integer("tick_began_ns", "When the control tick began whose targets they carry, since the first tick."),
            integer("count", "How many."),
            "\"bytes\":{\"type\":\"string\",\"contentEncoding\":\"base64\",\"description\":\"The bytes.\"}",
        ], required: ["time_s", "purpose", "start", "count", "bytes"])

    // MARK: - Parts of schemas

    private static func object(_ description: String, _ properties: [String], required: [String]) -> String {
        "{\"type\":\"object\",\"description\":\"\(description)\",\"properties\":{\(properties.joined(separator: ","))},"
            + "\"required\":[\(required.map { "\"\($0)\"" }.joined(separator: ","))]}"
    }

    private static func field(_ name: String, _ type: String, _ description: String) -> String {
        "\"\(name)\":{\"type\":\(type),\"description\":\"\(description)\"}"
    }

    private static func integer(_ name: String, _ text: String) -> String { field(name, "\"integer\"", text) }
    private static func number(_ name: String, _ text: String) -> String { field(name, "\"number\"", text) }
    private static func boolean(_ name: String, _ text: String) -> String { field(name, "\"boolean\"", text) }
    private static func text(_ name: String, _ text: String) -> String { field(name, "\"string\"", text) }

    private static func texts(_ name: String, _ text: String) -> String {
        "\"\(name)\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"description\":\"\(text)\"}"
    }

    /// An object of numbers by name, all of `names` if there are any; null stands for what is no number.
    private static func values(_ name: String, _ text: String, _ names: [String] = []) -> String {
        let required = names.map { String(decoding: JSONKey.quoted($0), as: UTF8.self) }.joined(separator: ",")
        return "\"\(name)\":{\"type\":\"object\",\"description\":\"\(text)\","
            + "\"additionalProperties\":{\"type\":[\"number\",\"null\"]}"
            + (names.isEmpty ? "" : ",\"required\":[\(required)]") + "}"
    }
}
