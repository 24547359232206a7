/// All that a script can say beside Lua itself.
public enum VerbTable {
    public static let verbs: [Verb] = head + face + attitude + time + flow + other

    private static let byName = Dictionary(uniqueKeysWithValues: verbs.map { ($0.name, $0) })

    public static func verb(_ name: String) -> Verb? { byName[name] }

    /// A fact that scripts read as a field.
    public struct Fact: Sendable {
        public let name: String
        /// As LuaLS writes it.
        public let type: String
        public let summary: String

        init(_ name: String, _ type: String, _ summary: String) {
            self.name = name
            self.type = type
            self.summary = summary
        }
    }

    /// The fields of `person`.
    public static let personFacts: [Fact] = [
        Fact("present", "boolean", "Somebody is there."),
        Fact("smiling", "boolean", "They smile."),
        Fact("speaking", "boolean", "They speak: by their voice where it is sensed, else by their mouth."),
        Fact("looking_at_me", "boolean", "Their head is turned to the robot, within 20 degrees."),
        Fact("smile", "number", "How much they smile, 0 to 1."),
        Fact(
            "head", "{yaw_deg: number, pitch_deg: number, roll_deg: number}",
            "Where their head is turned; positive yaw to their left, pitch down, roll to their right shoulder."),
        Fact("seconds_since_seen", "number", "0 while somebody is there; math.huge before anybody came."),
        Fact("seconds_since_smile", "number", "Seconds since they last smiled; math.huge before they did."),
        Fact("seconds_since_speech", "number", "Seconds since they last spoke; math.huge before they did."),
    ]

    /// The fields of `robot`.
    public static let robotFacts: [Fact] = [
        Fact("name", "string", "The robot's name."),
        Fact("mode", "string", "What it is at: \"idle\", \"listening\", \"speaking\" or \"thinking\"."),
        Fact("speaking", "boolean", "It says something just now."),
        Fact("intensity", "number", "How large its motion is, 0 to 2."),
        Fact(
            "head", "{yaw_deg: number, pitch_deg: number, roll_deg: number}",
            "Where its head is, in its own degrees: positive yaw to its left, pitch down, roll to its right shoulder."),
    ]

    /// Something that happens, which `on` and `wait_until` take.
    public struct Event: Sendable {
        public let name: String
        public let summary: String
    }

    public static let events: [Event] = [
        Event(name: "person_appeared", summary: "Somebody came."),
        Event(name: "person_left", summary: "They have been gone for half a second."),
        Event(name: "smile_started", summary: "The person began to smile."),
        Event(name: "smile_ended", summary: "The person's smile is over."),
        Event(name: "speech_started", summary: "The person began to speak."),
        Event(name: "speech_ended", summary: "The person has been silent for half a second."),
        Event(name: "looked_at_me", summary: "The person turned to the robot."),
        Event(name: "backchannel", summary: "A listener would answer now; the robot nods of itself."),
        Event(name: "blink", summary: "The robot blinked of itself."),
        Event(name: "gaze_averted", summary: "The robot looked away of itself."),
    ]

    /// Tables that are there beside the verbs.
    public static let tables: [Fact] = [
        Fact("person", "Person", "What is known of the person, always as of this tick."),
        Fact("robot", "Robot", "What is known of the robot."),
        Fact(
            "config", "table<string, string|number|boolean>",
            "What the operator gave with --config name=value; nil where nothing was given."),
        Fact("persistent", "table", "What outlives a reload: texts, numbers, booleans and tables of them."),
        Fact("async", "Async", "Every verb that waits, begun and left to itself: async.nod() goes on at once."),
    ]
}
