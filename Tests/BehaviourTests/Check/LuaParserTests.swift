import Foundation
import Testing

@testable import Behaviour

/// The parser against the system's own compiler: both take a source, or neither does.
@Suite struct LuaParserTests {
    private static let isSoak = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1"

    /// Limits of the virtual machine, which the parser does not know; the check asks the compiler about them.
    private static let machineLimits = ["registers", "upvalues", "overflow", "too long", "constants"]

    /// What parser and compiler disagree on, in a sentence; nil when they agree.
    private static func disagreement(on source: [UInt8]) -> String? {
        let refusal = LuaCompiler.refusal(of: source)
        let shown = String(decoding: source.prefix(200), as: UTF8.self).debugDescription
        do {
            _ = try LuaParser.parse(source)
            guard let refusal, !machineLimits.contains(where: refusal.message.contains) else { return nil }
            return "the parser takes \(shown), the compiler says: \(refusal.message)"
        } catch {
            guard refusal == nil else { return nil }
            return "the compiler takes \(shown), the parser says: \(error)"
        }
    }

    @Test func everyHandWrittenChunkIsTakenOrRefusedAsTheCompilerDoes() {
        for chunk in LuaCorpus.chunks { #expect(Self.disagreement(on: Array(chunk.utf8)) == nil) }
    }

    @Test func chunksAtTheLimitsOfNestingAreTakenOrRefusedAsTheCompilerDoes() {
        for chunk in LuaCorpus.limits { #expect(Self.disagreement(on: Array(chunk.utf8)) == nil) }
    }

    @Test func mutatedChunksAreTakenOrRefusedAsTheCompilerDoes() {
        let sources = LuaCorpus.chunks.map { Array($0.utf8) } + LuaSamples.scripts.map { Array($0.utf8) }
        var random = CounterDraws(seed: 54)
        var taken = 0
        let count = Self.isSoak ? 1_000_000 : 20_000
        for _ in 0..<count {
            let source = LuaCorpus.mutation(of: sources, using: &random)
            if let disagreement = Self.disagreement(on: source) {
                Issue.record("\(disagreement)")
                return
            }
            if (try? LuaParser.parse(source)) != nil { taken += 1 }
        }
        // Mutations that are all refused would prove little.
        #expect(taken > count / 20)
    }

    @Test func errorsAreOnTheLineThatTheCompilerNames() throws {
        var same = 0
        var all = 0
        for script in LuaSamples.scripts {
            let lines = script.split(separator: "\n", omittingEmptySubsequences: false)
            for index in lines.indices {
                let broken = Array((lines[..<index] + ["x = = 1"] + lines[index...]).joined(separator: "\n").utf8)
                guard let refusal = LuaCompiler.refusal(of: broken) else { continue }
                let problem = #expect(throws: LuaProblem.self) { try LuaParser.parse(broken) }
                all += 1
                if let problem, LuaLines(broken).place(of: problem.offset).line == refusal.line { same += 1 }
            }
        }
        #expect(all > 50)
        #expect(same == all)
    }

    @Test func endlessChainsOfEveryKindAreReadWithoutRecursion() throws {
        let long = 20_000
        func times(_ text: String) -> String { String(repeating: text, count: long) }
        let chains = [
            "x = 1" + times(" + 1"), "x = a" + times(".b"), "f" + times("()"), times("x = 1 "), times("; "),
            "x = {" + times("1, ") + "}", "f(" + times("1, ") + "1)", "if x then " + times("elseif x then ") + "end",
            "x = " + times("("), times("do "), "x = " + times("{"), times("::a"), times("--[["), times("'"),
            "x = " + times("function() "), "x = " + times("not "), "x = '" + times("\\z ") + "'",
            (0..<long).map { "goto l\($0) ::l\($0)::\n" }.joined(separator: "f()"),
        ]
        for chain in chains { _ = try? LuaParser.parse(Array(chain.utf8)) }
        #expect(throws: Never.self) { try LuaParser.parse(Array(chains[0].utf8)) }
    }

    @Test func literalsHaveTheValuesOfTheReferenceManual() throws {
        // Section 3.1 of the manual, and llex.c's rules for what wraps around.
        let values: [(String, LuaToken.Kind)] = [
            ("3", .integer(3)), ("345", .integer(345)), ("0xff", .integer(255)), ("0xBEBADA", .integer(12_499_674)),
            ("3.0", .float(3)), ("3.1416", .float(3.1416)), ("314.16e-2", .float(3.1416)), ("34e1", .float(340)),
            ("0x0.1E", .float(0.1171875)), ("0xA23p-4", .float(162.1875)), ("0X1.921FB54442D18P+1", .float(.pi)),
            ("9223372036854775808", .float(9_223_372_036_854_775_808)), ("0xffffffffffffffff", .integer(-1)),
            ("'alo\\n123\"'", .string(Array("alo\n123\"".utf8))),
            ("'\\97lo\\10\\04923\"'", .string(Array("alo\n123\"".utf8))),
            ("[==[\nalo\n123\"]==]", .string(Array("alo\n123\"".utf8))), ("'\\u{20AC}'", .string([0xE2, 0x82, 0xAC])),
            ("'\\u{7FFFFFFF}'", .string([0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF])), ("'a\\z  \n b'", .string([97, 98])),
        ]
        for (text, value) in values {
            var lexer = LuaLexer(Array(text.utf8))
            #expect(try lexer.next().kind == value)
            #expect(try lexer.next().kind == .end)
        }
    }

    @Test func columnsCountCharactersAndLinesCountAsLuaCounts() {
        let lines = LuaLines(Array("a\r\nbé x\n\rc\rd".utf8))
        #expect(lines.place(of: 0) == (1, 1))
        #expect(lines.place(of: 3) == (2, 1))
        #expect(lines.place(of: 6) == (2, 3))
        #expect(lines.place(of: 10) == (3, 1))
        #expect(lines.place(of: 12) == (4, 1))
    }
}
