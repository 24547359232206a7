extension VerbTable {
    static let time: [Verb] = [
        Verb(
            "wait", .time, [.number("seconds", 0...(.infinity), nil, "how long")], waits: true, "Waits.",
            example: "wait(1.5)"),
        Verb(
            "wait_until", .time,
            [
                Verb.Parameter(
                    name: "condition", kinds: [.name(of: "event"), .function], range: nil, fallback: .required,
                    summary: "an event's name, or a function that says true"),
                .number("timeout", 0...(.infinity), .infinity, "seconds to wait at most"),
            ], waits: true, result: ("boolean", "false when the time was over first"),
            "Waits until something happens or is so.", example: "wait_until(\"person_appeared\", 10)"),
        Verb(
            "on", .time,
            [
                .name("event", of: "event", .required, "an event's name"),
                .function("handler", .required, "called each time, with the event's value; it may wait"),
            ], "Does something whenever something happens.",
            example: "on(\"smile_started\", function() smile() end)"),
        Verb(
            "every", .time,
            [
                .number("seconds", 0.01...1e9, nil, "how far apart"),
                .function("handler", .required, "called each time; it may wait"),
            ], result: ("integer", "the timer's number"), "Does something again and again.",
            example: "every(10, function() glance() end)"),
        Verb(
            "emit", .time,
            [.text("event", "its name"), .any("value", .absent, "what handlers are given")],
            "Says that something happened: to all scripts, the console and the dashboards.",
            example: "emit(\"round_won\", 3)"),
        Verb(
            "clock", .time, result: ("number", "seconds since the run began, the same all through one tick"),
            "The time.", example: "local began = clock()"),
    ]

    static let flow: [Verb] = [
        Verb(
            "parallel", .flow, [.function("step", .required, "what to do")], isVariadic: true, waits: true,
            "Does several things at the same time and waits for all.",
            example: "parallel(function() say(\"Hi\") end, function() nod() end)"),
        Verb(
            "sequence", .flow, [.function("step", .required, "what to do")], isVariadic: true, waits: true,
            "Does one thing after the other.", example: "sequence(smile, nod)"),
        Verb(
            "race", .flow, [.function("step", .required, "what to do")], isVariadic: true, waits: true,
            result: ("integer", "which was done first, from 1"),
            "Does several things at the same time until one is done; the others are cancelled.",
            example: "race(function() wait(5) end, function() wait_until(\"smile_started\") end)"),
        Verb(
            "repeat_", .flow,
            [
                .number("count", 0...1e9, nil, "how often"),
                .function("step", .required, "what to do, given the number"),
            ],
            waits: true, "Does something so many times.", example: "repeat_(3, function() blink() end)"),
        Verb(
            "state", .flow,
            [
                .table("states", .required, "functions by name, each giving the next state's name, or nil at the end"),
                .text("name", "the first state"),
            ], waits: true, "Runs a state machine.",
            example: "state({calm = function() wait(3) end}, \"calm\")"),
    ]

    static let other: [Verb] = [
        Verb(
            "random", .other,
            [
                .optionalNumber("low", -1e9...1e9, "with `high` the least whole number; alone the greatest, from 1"),
                .optionalNumber("high", -1e9...1e9, "the greatest whole number"),
            ], result: ("number", "from 0 to below 1 without bounds"),
            "A random number, the same again in a run with the same seed.", example: "nod(random(1, 3))"),
        Verb(
            "log", .other, [.any("value", .absent, "what to write")], isVariadic: true, "Writes to the console.",
            example: "log(\"round\", 3)"),
    ]
}
