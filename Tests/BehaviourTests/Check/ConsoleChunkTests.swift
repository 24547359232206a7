import Testing

@testable import Behaviour

@Suite struct ConsoleChunkTests {
    @Test(arguments: [
        ("1 + 2", ConsoleChunk.whole("return 1 + 2")), ("nod(2)", .whole("return nod(2)")), ("x = 1", .whole("x = 1")),
        ("for i = 1, 2 do", .unfinished), ("nod(2,", .unfinished), ("x = [[a", .unfinished), ("x =", .unfinished),
        ("if true then\nnod()\nend", .whole("if true then\nnod()\nend")), ("return 1, 2", .whole("return 1, 2")),
        ("x = = 1", .wrong("found '=', expected a value")), ("'abc", .wrong("the string is not closed on its line")),
        ("wait(1) )", .wrong("found ')', expected a statement")),
    ])
    func aLineIsWholeGoesOnOrIsWrong(text: String, chunk: ConsoleChunk) { #expect(ConsoleChunk(text) == chunk) }

    @Test func wordsAreCompletedFromTheVocabulary() {
        let vocabulary = ScriptVocabulary.sample
        #expect(vocabulary.completions(of: "no") == ["nod("])
        #expect(vocabulary.completions(of: "math.fl") == ["math.floor("])
        #expect(vocabulary.completions(of: "person.") == ["person.head", "person.present", "person.smiling"])
        #expect(vocabulary.completions(of: "person.head.y") == ["person.head.yaw_deg"])
        #expect(vocabulary.completions(of: "nothing.at.all").isEmpty)
    }
}
