extension Topic {
    private static let time = Field("t_s", "seconds since the run's start")
    private static let headFields = [
        Field("head_yaw_rad", "turn to the subject's left, rad"),
        Field("head_pitch_rad", "nod down, rad"),
        Field("head_roll_rad", "tilt to the subject's right shoulder, rad"),
        Field("head_x_m", "to the subject's left, m"),
        Field("head_y_m", "up, m"),
        Field("head_z_m", "out of the face, m"),
    ]
    private static let landmarks = Field(
        "landmarks",
        "flat list x0…x67, y0…y67 of the 68 iBUG points on a square image: x to the viewer's right, y down, 0 to 1 is the square"
    )

    public static let availability = Topic(
        "availability", .change, isRetained: true, quality: 1,
        "The text `online` or `offline`; the broker says `offline` when the robot is gone (last will).")

    public static let info = Topic(
        "info", .change, isRetained: true, quality: 1, "What this robot is and can do.",
        [
            Field("robot", "its name"),
            Field("type", "the name in its robot file"),
            Field("version", "Mien's version"),
            Field("control_rate_hz", "control ticks a second"),
            Field("motion_rate_hz", "motion frames a second"),
            Field("gestures", "names that `command/gesture` takes"),
            Field("expressions", "names that `command/expression` takes"),
            Field("scripts", "names that `command/script_start` takes"),
            Field("parameters", "names that `command/parameter` takes"),
            Field("commands", "the verbs that this bridge takes; others are refused for want of authority"),
        ])

    public static let state = Topic(
        "state", .changeOrHertz(1), isRetained: true,
        drifting: ["t_s", "attention", "smile", "temperature_max_c", "late_ticks"],
        "How the robot stands, in plain values.",
        [
            time,
            Field("driver", "who moves the face: `idle`, `listening`, `fallback`, `settling`"),
            Field("mode", "what the face may do: `auto`, `idle` or `neutral`"),
            Field("emergency_stop", "whether the emergency stop is latched"),
            Field("emergency_stop_cause", "`operator`, `message`, `script`, `limit_violation`, or null"),
            Field("person_present", "whether a person is sensed"),
            Field("attention", "how much of the face listens, 0 to 1"),
            Field("smile", "mean of both smile coefficients of the robot's face, 0 to 1"),
            Field("intensity", "how large motion is as a whole, 0 to 2"),
            Field("line_lost", "whether a servo bus is lost"),
            Field("recording", "the name of the file that the run is recorded to, or null"),
            Field("temperature_max_c", "the hottest servo, °C; null where none can say"),
            Field("late_ticks", "control ticks later than a tenth of their period, in all"),
            Field("violations", "outputs beyond a limit, in all: must stay 0"),
        ])

    public static let person = Topic(
        "person", .hertz(10), mayBeCBOR: true, "The person that the robot sees.",
        [time, Field("present", "whether anybody is there")]
            + [Field("coefficients", "an object of the sensed ARKit coefficients by name, 0 to 1")]
            + headFields
            + [
                Field("voice", "voice activity, 0 to 1"),
                Field("gaze_region", "1 left, 2 middle, 3 right"),
                Field("motion_energy", "movement, in the source's unit"),
                landmarks,
            ])

    public static let face = Topic(
        "face", .hertz(10), mayBeCBOR: true, "The robot's face as it is driven.",
        [time, Field("coefficients", "an object of the 52 ARKit coefficients by name, 0 to 1")] + headFields
            + [landmarks])

    public static let actuators = Topic(
        "actuators", .hertz(10), mayBeCBOR: true, "What every actuator is told and says.",
        [
            time,
            Field(
                "actuators",
                "a list in the robot file's order: `name`, `target` and `present` (in the unit of `actuators/info`), "
                    + "`load` (-1 to 1), `temperature_c`; null where the servo cannot say"),
        ])

    public static let actuatorsInfo = Topic(
        "actuators/info", .change, isRetained: true, quality: 1, "The actuators and their limits.",
        [
            Field("unit", "the unit of positions: `rad`"),
            Field(
                "actuators",
                "a list in the robot file's order: `name`, `bus`, `lower`, `upper`, `neutral`, and the most of "
                    + "`velocity_rad_s`, `acceleration_rad_s2`, `jerk_rad_s3`"),
        ])

    public static let temperatures = Topic(
        "temperatures", .hertz(0.2),
        "How warm the servos are that can say it: beside `t_s` a key for each actuator's name, °C.", [time])

    public static let scheduler = Topic(
        "scheduler", .hertz(1), "How the ticks fare; percentiles are over the time since the message before.",
        [
            time,
            Field("ticks", "control ticks, in all"),
            Field("late", "late control ticks, in all"),
            Field("skipped", "control periods skipped, in all"),
            Field("lateness_p50_us", "median lateness of control ticks, µs"),
            Field("lateness_p99_us", "its 99th percentile, µs"),
            Field("lateness_max_us", "the worst, µs"),
            Field("tick_p50_us", "median time that a control tick takes, µs"),
            Field("tick_p99_us", "its 99th percentile, µs"),
            Field(
                "latency_ms", "from the motion tick that sensed to the control tick that began to play it, newest, ms"),
            Field("frames_played", "motion frames, in all"),
            Field("frames_missed", "motion frames that did not come in time, in all"),
            Field("fallbacks", "times the fallback took over"),
            Field("interventions", "times the limiter changed a target"),
            Field("violations", "outputs beyond a limit, in all: must stay 0"),
        ])

    public static let scripts = Topic(
        "scripts", .change, isRetained: true, "The scripts and their errors.",
        [
            time,
            Field(
                "scripts",
                "a list: `name`, `file`, `state` (`running`, `ended`, `stopped`, `failed`), `running`, `error`, `traceback`"
            ),
        ])

    public static let layers = Topic(
        "layers", .hertz(2), "The mixer's layers, and who drives which part of the face.",
        [
            time,
            Field("layers", "a list: `name`, `priority`, `weight` (0 to 1)"),
            Field("drivers", "an object of the layer that drives each group of channels: head, eyes, lids, brows, …"),
        ])

    public static let event = Topic(
        "event", .occurrence, "Something that happened; facts are further keys.",
        [
            Field("event", "`emergency_stop`, `cleared`, `driver`, `line_lost`, `script_error`, …"),
            Field("seconds", "seconds since the run's start"),
        ])

    public static let log = Topic(
        "log", .occurrence, "A line of the log.",
        [
            Field("t_s", "seconds since the run's start"),
            Field("level", "`info`, `notice`, `warning`, `error`"),
            Field("message", "the line"),
        ])

    public static let bridge = Topic(
        "bridge", .hertz(1), "How the bridge itself fares; counts are over the whole run.",
        [
            time,
            Field("protocol", "`5` or `3.1.1`"),
            Field("connects", "times the broker was connected"),
            Field("published", "messages published"),
            Field("published_bytes", "their payloads' bytes"),
            Field("dropped", "messages that a full queue, a slow broker or none cost"),
            Field("received", "messages taken from the broker"),
            Field("refused", "commands refused: malformed, without authority, or unknown"),
            Field("ignored_retained", "commands ignored because they were retained"),
            Field("flooded", "messages ignored because too many came"),
            Field("rate_hz", "how often `face`, `person` and `actuators` are published just now"),
        ])

    /// Every topic that a robot publishes.
    public static let all: [Topic] = [
        availability, info, state, person, face, actuators, actuatorsInfo, temperatures, scheduler, scripts, layers,
        event, log,
        bridge,
    ]
}
