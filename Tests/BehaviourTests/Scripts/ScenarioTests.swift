import FaceKit
import Testing

@testable import Behaviour

/// Every scenario of `Scripts/` before a person made up for it. Times are worked out by hand from the reference: a look
/// takes 0.4 s to come, its seconds, and 0.5 s to go; a smile 0.4 and 0.6; a nod 0.4 s; a shake 0.55 s; speech has 0.222 s
/// a group of vowels, 0.4 s a full stop and 0.15 s at its end.
@Suite struct ScenarioTests {
    typealias E = ScenarioRun.Expected

    @Test func firstHello() throws {
        let run = try ScenarioRun(["01_first_hello"], seconds: 20)
        // Looks last 0.4 + 0.5 + 0.5 s, the smile 2 s; the sentence has 11 groups of vowels and two stops: 3.4 s.
        run.expect([
            E("look_at", 0.48...0.56), E("look_at", 1.88...2.04), E("smile", 3.28...3.5), E("says Hello", 5.28...5.6),
            E("nod", 8.5...9.2), E("log greeted", 8.9...9.7), E("finished", 8.9...9.7),
        ])
    }

    @Test func attentiveListener() throws {
        // The person speaks for three seconds, rests for two, and smiles at 12 s.
        let run = try ScenarioRun(["02_attentive_listener"], seconds: 20) { time in
            .madeUp(
                time, smile: time > 12 && time < 15 ? 0.8 : 0,
                isSpeaking: time < 11 && time.truncatingRemainder(dividingBy: 5) < 3)
        }
        run.expect([
            E("mirror", 0...0.04),
            // Half a second of silence after 3 s ends a turn, and 0.3 s later comes the nod.
            E("nod", 3.7...4.5), E("nod", 8.7...9.5), E("smile 0.5, 1", 12...12.2),
        ])
        #expect(run.count("nod") <= 4)
    }

    @Test func interviewWithBackchannels() throws {
        // Whenever the robot has been silent for a while the person answers: 16 s a round are enough for each question.
        let run = try ScenarioRun(["03_interview"], seconds: 60) { time in
            .madeUp(time, isSpeaking: time.truncatingRemainder(dividingBy: 8) > 4)
        }
        run.expect([
            E("emit question 1", 0...0.04), E("says What did you do today?", 0...0.04), E("attend", 1...4),
            E("emit question 2", 4...14), E("emit question 3", 8...26), E("says Thank you.", 12...42),
            E("smile", 12.5...44),
        ])
        #expect(run.count("nod") >= 2)
    }

    @Test func greetingAndGoodbye() throws {
        let run = try ScenarioRun(["04_greeting"], seconds: 25) { time in
            time >= 3 && time < 10 || time >= 15 && time < 20 ? .madeUp(time) : nil
        }
        run.expect([
            // Within 0.3 s (protocols §6); the look takes 1.1 s.
            E("look_at", 3...3.3), E("says Hello!", 4...4.4), E("smile", 4...4.4), E("emit greeted", 4.5...5.5),
            // Half a second passes before somebody counts as gone.
            E("says Goodbye!", 10.4...10.7), E("shake", 11...12), E("emit farewell", 11.5...12.5),
            E("look_at", 15...15.3), E("says Goodbye!", 20.4...20.7),
        ])
        #expect(run.count("emit greeted") == 2 && run.count("emit farewell") == 2)
    }

    @Test func shyRobot() throws {
        let run = try ScenarioRun(["05_shy_robot"], seconds: 20) { time in
            .madeUp(time, yaw: time < 2 || time > 6 && time < 10 ? 0.8 : 0)
        }
        run.expect([
            E("gaze_away 1.5", 2...2.2), E("expression", 2...2.2),
            // 0.25 + 1.5 + 0.5 s away.
            E("glance", 4.2...4.5), E("gaze_away", 10...10.2), E("glance", 12.2...12.5),
        ])
        #expect(run.count("gaze_away") == 2)
    }

    @Test func storyteller() throws {
        let run = try ScenarioRun(["06_storyteller"], seconds: 40)
        // Each part lasts as long as its expression, 0.5 + 2 + 0.5 s, or its sentence if that is longer.
        run.expect([
            E("emit part 1", 0...0.04), E("says Once", 0...0.04), E("expression", 0...0.04),
            E("emit part 2", 2.9...4), E("emit part 3", 5.9...8), E("emit part 4", 8.9...11.5),
            E("emit part 5", 11.9...15), E("gesture big_smile", 14.9...19), E("finished", 17...22),
        ])
    }

    @Test(arguments: [true, false]) func reactionGame(smiles: Bool) throws {
        // The person smiles for half a second in every second and a half, or never.
        let run = try ScenarioRun(["07_reaction_game"], seconds: 40) { time in
            .madeUp(time, smile: smiles && time.truncatingRemainder(dividingBy: 1.5) < 0.5 ? 0.8 : 0)
        }
        run.expect([
            E("says Ready?", 0...0.04), E("emit go 1", 1.5...5), E("wink left", 1.5...5),
            E(smiles ? "nod" : "shake", 1.6...7.5), E("emit go 2", 4...14), E("emit go 3", 7...22),
            E(smiles ? "emit score 3" : "emit score 0", 9...26),
            E(smiles ? "gesture big_smile" : "gesture thoughtful", 9...26),
        ])
    }

    @Test func museumGuide() throws {
        let run = try ScenarioRun(["08_museum_guide"], seconds: 60) { time in
            time > 10 && time < 20 || time > 35 && time < 45 ? .madeUp(time, isSpeaking: time > 15 && time < 18) : nil
        }
        run.expect([
            E("idle", 0...0.04), E("look_at", 0...0.04), E("look_at", 2.5...3.5), E("emit visitor 1", 10...13.5),
            E("says Welcome", 10...13.5), E("smile", 10...13.5), E("attend", 12...18), E("nod", 14...19.5),
            E("says Come again.", 20...23), E("look_at", 21...26), E("emit visitor 2", 35...38.5),
            E("says Come again.", 45...48), E("finished", 45.5...50),
        ])
    }

    @Test func twoScriptsAtOnce() throws {
        let run = try ScenarioRun(["09_background_mood", "10_foreground_answers"], seconds: 15)
        run.expect([
            E("09 layer", 0...0.04), E("09 pose", 0...0.04), E("10 emit answer 1", 1.48...1.6), E("10 nod", 1.48...1.6),
            // Two nods of 0.4 s, then the gesture of 1.2 s, while the mood goes on: 1 + 2 + 1 s and half a second.
            E("10 gesture", 2.2...2.5), E("09 pose", 4.4...4.7), E("10 emit answer 2", 4.9...5.3),
            E("09 pose", 8.9...9.3), E("10 finished", 10...12),
        ])
    }

    @Test func theMoodLiesBelowTheAnswers() throws {
        let core = BehaviourCore(
            frameRate: 25, seed: 1, library: try GestureLibrary(folder: ScenarioRun.folder.path))
        core.engine.setHabits(isOn: false, blinkRate: nil)
        func load(_ text: String, _ name: String) {
            core.host.load(Array(text.utf8), name: name, path: name)
        }
        load(
            "layer{name = 'mood', priority = 15} pose{face = {browInnerUp = 0.2, mouthSmileLeft = 0.3}, hold = math.huge, layer = 'mood'}",
            "mood")
        load("wait(1) expression{name = 'surprise', hold = 1}", "answer")
        var frames: [FaceChannels] = []
        for tick in 0..<100 {
            core.begin(time: Double(tick) / 25, person: nil)
            frames.append(core.mix(FaceChannels()))
        }
        let brow = FaceChannel(.browInnerUp)
        let surprise = try #require(core.library.expressions["surprise"]?[.browInnerUp])
        #expect(abs(frames[24][brow] - 0.2) < 1e-5 && abs(frames[50][brow] - surprise) < 1e-5)
        #expect(abs(frames[99][brow] - 0.2) < 1e-5 && abs(frames[99][FaceChannel(.mouthSmileLeft)] - 0.3) < 1e-5)
        core.host.stop("mood")
        for tick in 100..<120 {
            core.begin(time: Double(tick) / 25, person: nil)
            frames.append(core.mix(FaceChannels()))
        }
        #expect(frames[119][brow] == 0 && core.engine.layer("mood") == nil)
    }

    @Test func customGestureAndLayer() throws {
        let run = try ScenarioRun(["11_custom_gesture"], seconds: 15)
        run.expect([
            E("layer", 0...0.04), E("emit take 1", 0...0.04), E("glance", 0...0.04),
            // The glance takes 0.15 + 0.5 + 0.5 s, the look beside it 0.4 + 0.8 + 0.5 s.
            E("look_at", 1.1...1.3), E("pose", 1.1...1.3), E("gesture", 1.1...1.3), E("blink 2", 2.8...3.1),
            E("emit take 2", 4...4.5), E("blink 2", 6.9...7.5), E("finished", 7.8...8.8),
        ])
    }

    @Test(arguments: [true, false]) func rememberingOverAReload(somebodyComes: Bool) throws {
        let run = try ScenarioRun(["12_remember"], seconds: 15) { time in
            somebodyComes && time > 1.5 ? .madeUp(time) : nil
        }
        run.expect([
            E("log started 1 time", 0...0.04),
            E(somebodyComes ? "log somebody came" : "log nobody came", somebodyComes ? 1.5...1.7 : 2.96...3.2),
            E("blink", 4.96...5.1), E("blink", 9.96...10.1),
        ])
    }

    @Test func theSameSeedGivesTheSameLines() throws {
        func lines(_ seed: UInt64) throws -> [String] {
            let run = try ScenarioRun(["07_reaction_game", "08_museum_guide", "05_shy_robot"], seconds: 40, seed: seed)
            {
                .madeUp($0, smile: $0.truncatingRemainder(dividingBy: 3) < 1 ? 0.7 : 0)
            }
            return run.lines.map { "\($0.time) \($0.text)" }
        }
        let first = try lines(3)
        #expect(try first == lines(3) && first != lines(4))
    }
}
