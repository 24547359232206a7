import FaceKit

extension VerbTable {
    private static let yaw = Verb.Parameter.number("yaw_deg", -90...90, 0, "degrees to the robot's left")
    private static let pitch = Verb.Parameter.number("pitch_deg", -60...60, 0, "degrees down")

    static let head: [Verb] = [
        Verb(
            "look_at", .head, [yaw, pitch, .number("seconds", 0...3600, 1, "seconds to stay there")], waits: true,
            "Looks somewhere with eyes and head, stays, and comes back.", example: "look_at{yaw_deg = 20, seconds = 2}"),
        Verb(
            "glance", .head,
            [.number("yaw_deg", -90...90, 20, "degrees to the robot's left"), pitch], waits: true,
            "Looks somewhere for half a second.", example: "glance{yaw_deg = -15}"),
        Verb(
            "gaze_away", .head, [.number("seconds", 0...600, 1.14, "seconds to stay away")], waits: true,
            "Looks away to a side of its own choice.", example: "gaze_away(2)"),
        Verb(
            "attend", .head, [.number("seconds", 0...3600, 1, "seconds to attend")], waits: true,
            "Looks at the person, and does not look away meanwhile.", example: "attend(3)"),
        Verb(
            "think", .head, [.number("seconds", 0.1...600, 3.54, "seconds to think")], waits: true,
            "Looks as somebody does who thinks: away and up, with more blinks.", example: "think()"),
        Verb(
            "nod", .head,
            [
                .number("count", 1...20, 1, "how often"),
                .number("amplitude_deg", 0...40, 8, "degrees down, of the first"),
                .optionalNumber("seconds", 0.1...60, "seconds in all; 0.4 for each nod when it is left out"),
            ], waits: true, "Nods; each nod is smaller than the one before.", example: "nod{count = 2}"),
        Verb(
            "shake", .head,
            [
                .number("count", 1...20, 2, "how often"), .number("amplitude_deg", 0...60, 9, "degrees to each side"),
                .optionalNumber("seconds", 0.1...60, "seconds in all; 0.55 for each when it is left out"),
            ], waits: true, "Shakes the head.", example: "shake{count = 3}"),
        Verb(
            "tilt", .head,
            [
                .number("angle_deg", -40...40, 10, "degrees to the robot's right shoulder"),
                .number("seconds", 0...600, 0.8, "seconds to stay so"),
            ], waits: true, "Tilts the head to a shoulder and takes it back.", example: "tilt{angle_deg = -8}"),
    ]

    private static let attack = Verb.Parameter.number("attack", 0.05...60, 0.4, "seconds to come")
    private static let release = Verb.Parameter.number("release", 0.05...60, 0.6, "seconds to go")

    /// What a pose may set: coefficients by their ARKit names, 0 to 1, and the head's angles, degrees.
    static let poseRanges: [String: ClosedRange<Double>] =
        Dictionary(uniqueKeysWithValues: Blendshape.names.map { ($0, 0...1) })
        .merging(["head_yaw_deg", "head_pitch_deg", "head_roll_deg"].map { ($0, -60...60) }) { $1 }

    static let face: [Verb] = [
        Verb(
            "blink", .face, [.number("count", 1...20, 1, "how often")], waits: true, "Blinks with both eyes.",
            example: "blink(2)"),
        Verb(
            "wink", .face, [.name("side", of: "side", .text("left"), "\"left\" or \"right\", the robot's own")],
            waits: true, "Winks with one eye.", example: "wink(\"right\")"),
        Verb(
            "smile", .face,
            [
                .number("intensity", 0...1, 0.6, "how much, 0 to 1"),
                .number("seconds", 0...600, 1.5, "seconds to hold it"),
            ], waits: true, "Smiles.", example: "smile(0.8, 2)"),
        Verb(
            "expression", .face,
            [
                .name("name", of: "expression", .required, "one of `Scripts/Expressions.yaml`"),
                .number("intensity", 0...1, 1, "how much, 0 to 1"), attack,
                .number("hold", 0...3600, 1.5, "seconds to hold it"), release,
            ], waits: true, "Shows an expression.", example: "expression{name = \"surprise\", intensity = 0.7}"),
        Verb(
            "gesture", .face,
            [
                .name("name", of: "gesture", .required, "a file of `Scripts/Gestures`"),
                .number("strength", 0...2, 1, "multiplies its size"),
                .number("duration", 0.1...10, 1, "multiplies its length"),
            ], waits: true, "Plays a gesture of the library.", example: "gesture(\"thoughtful\", 0.8)"),
        Verb(
            "pose", .face,
            [
                .table(
                    "face", .required, of: .numbers(poseRanges),
                    "coefficients by their ARKit names, 0 to 1, and head_yaw_deg, head_pitch_deg, head_roll_deg"),
                attack,
                .number("hold", 0...(.infinity), 1.5, "seconds to hold it; math.huge until the layer is stopped"),
                release, .name("layer", of: "layer", .text("expression"), "the layer it is in"),
            ], waits: true, "Shows a face of your own making.",
            example: "pose{face = {browInnerUp = 0.8, head_roll_deg = 6}, hold = 1}"),
        Verb(
            "play", .face,
            [
                .text(
                    "track",
                    "a file in `Tracks/`, `Moves/` or beside the script: one of Mien's tracks, or a Reachy Mini move in JSON"
                ),
                .number("strength", 0...2, 1, "multiplies its size"),
                .number("speed", 0.1...10, 1, "multiplies its speed"),
                .name("layer", of: "layer", .text("gesture"), "the layer it is in"),
            ], waits: true, "Plays a recorded move.", example: "play(\"conversation.csv\")"),
        Verb(
            "say", .face, [.text("text", "what to say")], waits: true,
            "Says something: the mouth moves for as long as the text takes, and an event `said` carries the text to whoever gives it a voice.",
            example: "say(\"Hello!\")"),
    ]

    static let attitude: [Verb] = [
        Verb(
            "listen", .attitude,
            [
                .flag("on", true, "whether the listening model takes over while somebody is there"),
                .flag("backchannels", true, "whether the person's pauses are answered with nods"),
                .number("nod_deg", 0...30, 8, "degrees of such a nod"),
                .number("weight", 0...1, 1, "how much of the listening face is seen"),
            ], "Sets how the robot listens.", example: "listen{nod_deg = 5}"),
        Verb(
            "idle", .attitude,
            [
                .flag("on", true, "whether it blinks and looks away of itself"),
                .optionalNumber("blink_rate", 0...60, "blinks a minute; people's when it is left out"),
                .number("intensity", 0...2, 1, "how large motion is as a whole"),
                .number("weight", 0...1, 1, "how much of the idling face is seen"),
            ], "Sets what the robot does of itself.", example: "idle{blink_rate = 12}"),
        Verb(
            "mirror", .attitude,
            [
                .number("gain", 0...1, 0.5, "how much of the person's expression is shown; 0 ends it"),
                .number("delay", 0...5, 0.4, "seconds later"),
            ], "Mirrors the person's expression.", example: "mirror{gain = 0.4}"),
        Verb(
            "layer", .attitude,
            [
                .text("name", "a new name, or one of \(Layer.standard.map(\.name).joined(separator: ", "))"),
                .optionalNumber("priority", -100...100, "who covers whom, the higher the lower; 80 for a new layer"),
                .table(
                    "channels", .absent, of: .texts(ChannelGroup.allCases.map(\.rawValue)),
                    "parts that it moves: \(ChannelGroup.allCases.map(\.rawValue).joined(separator: ", "))"),
                .optionalNumber("weight", 0...1, "how much of it is seen"),
                .optionalNumber("attack", 0...60, "seconds that its weight takes to come"),
                .optionalNumber("release", 0...60, "seconds that it takes to go"),
            ], "Makes a layer of your own, or changes one. A layer of your own goes when the script ends.",
            example: "layer{name = \"mood\", priority = 15, channels = {\"brows\", \"mouth\"}}"),
        Verb(
            "priority", .attitude, [.number("value", -100...100, nil, "higher covers other scripts; 0 to begin with")],
            "Sets how this script's motions stand to those of other scripts in the same layer.", example: "priority(10)"
        ),
        Verb(
            "stop", .attitude, [.name("layer", of: "layer", .absent, "which layer; all when it is left out")],
            "Eases out what this script moves.", example: "stop(\"gesture\")"),
        Verb(
            "emergency_stop", .attitude, [.text("reason", "the script asked for it", "what the operator is told")],
            "Stops the robot at once. Only the operator can clear it.",
            example: "emergency_stop(\"a hand is in the way\")"),
    ]
}
