import Testing

/// What the command line says of numbers that are out of range, the negative ones included.
@Suite struct NegativeNumberTests {
    @Test(arguments: [
        ["run"], ["script", "run", "x.lua"], ["generate", "idle", "--frames", "2", "--out", "x"],
        ["generate", "runs", "--starts", "x", "--landmarks", "x"],
    ])
    func aSeedsRangeIsSaid(command: [String]) throws {
        let program = try MienProgram()
        for seed in ["-1", "18446744073709551616", "1.5"] {
            let (text, code) = try program.run(command + ["--seed", seed])
            #expect(code == 64)
            #expect(
                text.contains(
                    "The value '\(seed)' is invalid for '--seed <seed>': expected a whole number from 0 to "
                        + "18446744073709551615"), "\(text)")
        }
        for rest in [["--seed"], ["--seed", "--other"], ["--seed", "--", "-1"]] {
            let (text, code) = try program.run(command + rest)
            #expect(code == 64)
            #expect(text.contains("Missing value for '--seed <seed>'"), "\(text)")
        }
    }

    @Test(arguments: [
        (["generate", "idle", "--out", "x", "--frames", "-2"], "--frames takes 1 to 500000."),
        (["generate", "idle", "--out", "x", "--frames", "2", "--blink-rate", "-.5"], "from 0 to 60, not -0.5."),
        (["convert", "x", "y", "--rate", "-5"], "--rate takes 1 to 240 frames a second."),
        (["reconstruct", "x", "--k", "-3"], "--k takes 1 to 48."),
        (["run", "--seconds", "-1e3"], "--seconds must be between 0 and 10000000"),
        (["run", "--mirror-gain", "-1"], "--mirror-gain takes a number from 0 to 1, not -1.0."),
        (["simulate", "ohbot", "--hidden", "-1"], "expected a whole number from 0 to 18446744073709551615"),
        (["events", "--count", "-1"], "--count must be at least 1"),
    ])
    func aNegativeNumberIsTakenForTheOptionsValue(arguments: [String], reason: String) throws {
        let (text, code) = try MienProgram().run(arguments)
        #expect(code == 64)
        #expect(text.contains(reason), "\(text)")
    }
}
