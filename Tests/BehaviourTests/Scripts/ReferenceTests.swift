import Foundation
import Testing

@testable import Behaviour

/// The reference, the type file, the check and what a script really finds say the same names.
@Suite struct ReferenceTests {
    private static let folder = ScenarioRun.folder

    private func text(_ file: String) throws -> String {
        try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    }

    private var reference: VerbReference {
        get throws { VerbReference(try GestureLibrary(folder: Self.folder.path)) }
    }

    /// What a script sees of its own accord: names of globals with their types.
    private func globals() throws -> [String: String] {
        let core = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary())
        let source = """
            for name, value in pairs(_G) do log(name .. '=' .. type(value)) end
            """
        #expect(core.host.load(Array(source.utf8), name: "s", path: "s.lua") == nil)
        core.begin(time: 0, person: nil)
        var found: [String: String] = [:]
        for event in core.host.events {
            guard case .log(let line) = event.kind else { continue }
            let parts = line.split(separator: "=")
            found[String(parts[0])] = String(parts[1])
        }
        return found
    }

    @Test func scriptsFindExactlyWhatTheTableSays() throws {
        let plainLua: Set = [
            "_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "math", "next", "pairs", "pcall", "print",
            "rawequal", "rawget", "rawlen", "rawset", "select", "setmetatable", "string", "table", "tonumber",
            "tostring", "type", "utf8", "xpcall",
        ]
        let found = try globals()
        #expect(
            Set(found.keys).subtracting(plainLua) == Set(VerbTable.verbs.map(\.name) + VerbTable.tables.map(\.name)))
        for verb in VerbTable.verbs { #expect(found[verb.name] == "function", "\(verb.name)") }
    }

    @Test func theReferenceIsTheTables() throws {
        let readme = try text("README.md")
        let marker = "<!-- Made by `mien script reference`"
        let start = try #require(readme.range(of: marker))
        let made = readme[start.lowerBound...].drop { $0 != "\n" }.dropFirst()
        #expect(made == (try reference.markdown)[...])
    }

    @Test func theTypeFileIsTheTables() throws { #expect(try text("mien.d.lua") == reference.types) }

    @Test func theTypeFileIsLuaAndNamesEveryVerb() throws {
        let source = try text("mien.d.lua")
        #expect(throws: Never.self) { try LuaParser.parse(Array(source.utf8)) }
        for verb in VerbTable.verbs {
            #expect(source.contains("\nfunction \(verb.name)("))
            for parameter in verb.parameters { #expect(source.contains("---@param \(parameter.name)")) }
        }
    }

    @Test func theCheckKnowsExactlyTheSame() {
        let names = Set(ScriptVocabulary.standard.globals.keys).subtracting(ScriptVocabulary.lua.keys)
        #expect(names == Set(VerbTable.verbs.map(\.name) + VerbTable.tables.map(\.name)))
    }

    @Test(arguments: VerbTable.verbs.map(\.example)) func everyExampleRunsAndPassesTheCheck(example: String) throws {
        let library = try GestureLibrary(folder: Self.folder.path)
        let vocabulary = ScriptVocabulary(library: library)
        let source = Array(example.utf8)
        #expect(ScriptCheck(vocabulary: vocabulary).check(source, file: "e").filter { $0.severity == .error }.isEmpty)
        let tracks = Self.folder.deletingLastPathComponent().appendingPathComponent("Tracks").path
        let core = BehaviourCore(
            frameRate: 25, seed: 1, library: library, shelf: MoveShelf(folders: [tracks], isImmediate: true))
        #expect(core.host.load(source, name: "e", path: "e.lua") == nil)
        for tick in 0..<50 {
            core.begin(time: Double(tick) / 25, person: nil)
            _ = core.mix(.init())
        }
        if case .failed(let failure) = core.host.overview[0].status { Issue.record(failure) }
    }

    /// Every range and default of the table is the one that the verb holds to.
    @Test(arguments: VerbTable.verbs.filter(\.takesTable)) func rangesAreHeldAtRunTimeAndByTheCheck(verb: Verb) throws {
        for parameter in verb.parameters {
            guard let range = parameter.range, range.upperBound < 1e9 else { continue }
            var fields = verb.parameters.filter { $0.fallback == .required && $0.name != parameter.name }.map {
                "\($0.name) = \($0.kinds == [.table] ? "{}" : $0.kinds == [.number] ? "1" : "'surprise'")"
            }
            fields.append("\(parameter.name) = \(range.upperBound + 1)")
            let source = Array("\(verb.name){\(fields.joined(separator: ", "))}".utf8)
            let core = BehaviourCore(
                frameRate: 25, seed: 1, library: try GestureLibrary(folder: Self.folder.path))
            core.host.load(source, name: "e", path: "e.lua")
            core.begin(time: 0, person: nil)
            guard case .failed(let failure) = core.host.overview[0].status else {
                Issue.record("\(String(decoding: source, as: UTF8.self)) was taken")
                continue
            }
            #expect(failure.message.hasPrefix("e.lua:1: \(verb.name): \(parameter.name) is"))
            let findings = ScriptCheck(vocabulary: .standard).check(source, file: "e")
            #expect(findings.contains { $0.message.contains("'\(parameter.name)' of '\(verb.name)'") })
        }
    }

    @Test func factsThatNobodyKnowsAreErrors() {
        for source in ["log(person.smling)", "person.smile = 1", "log(robot.x)", "async.nothing()"] {
            let core = BehaviourCore(frameRate: 25, seed: 1, library: GestureLibrary())
            core.host.load(Array(source.utf8), name: "e", path: "e.lua")
            core.begin(time: 0, person: nil)
            guard case .failed = core.host.overview[0].status else {
                Issue.record("\(source) was taken")
                continue
            }
        }
    }
}

extension Verb: CustomTestStringConvertible {
    public var testDescription: String { name }
}
