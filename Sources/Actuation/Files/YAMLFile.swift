import Foundation
import Yams

/// A YAML file as marked nodes, read so that every problem in it is found and none stops the reading.
///
/// Readers take `YAMLFile.Reader`s down the tree; whatever is missing or wrong is noted with file, line and key and
/// read as nil. `Yams.compose` keeps the line of each node, which `Codable` does not.
struct YAMLFile {
    /// The largest file that is read at all: descriptions are a few kilobytes.
    static let largest = 1 << 20

    let name: String
    let root: Node
    let notes = Notes()

    /// What was found wrong so far, shared by all readers of one file.
    final class Notes {
        var problems: [FileProblem] = []
    }

    /// Reads a file.
    /// - Throws: `FileProblems` when it cannot be read or is no YAML.
    init(path: String) throws(FileProblems) {
        func refuse(_ fault: FileProblem.Fault) -> FileProblems {
            FileProblems(problems: [FileProblem(file: path, line: nil, key: "", fault: fault)])
        }
        // A pipe or a device would never end: only a regular file is opened.
        var facts = stat()
        guard stat(path, &facts) == 0 else { throw refuse(.unreadable(reason: String(cString: strerror(errno)))) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw refuse(.unreadable(reason: "it is not a regular file")) }
        guard facts.st_size <= Self.largest else {
            throw refuse(.tooLarge(bytes: facts.st_size, limit: Self.largest))
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw refuse(.unreadable(reason: String(cString: strerror(errno))))
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw refuse(.unexpected(found: "bytes that are not UTF-8", expected: "UTF-8 text"))
        }
        try self.init(name: path, text: text)
    }

    /// Reads text.
    /// - Throws: `FileProblems` when it is no YAML or empty.
    init(name: String, text: String) throws(FileProblems) {
        func refuse(_ line: Int?, _ fault: FileProblem.Fault) -> FileProblems {
            FileProblems(problems: [FileProblem(file: name, line: line, key: "", fault: fault)])
        }
        // An alias may stand for a list of aliases, and a few lines grow without bound where they are a key.
        if Self.line(of: "&", in: text) != nil, let line = Self.line(of: "*", in: text) {
            throw refuse(line, .unexpected(found: "an alias (*name)", expected: "YAML without anchors and aliases"))
        }
        let composed: Node?
        do {
            composed = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            switch error {
            case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
                .composer(_, let problem, let mark, _):
                throw refuse(mark.line, .notYAML(reason: problem))
            case .duplicatedKeysInMapping(let duplicates, let context):
                throw refuse(
                    context.mark.line,
                    .unexpected(
                        found: "\(duplicates.joined(separator: ", ")) more than once", expected: "each key once"))
            case .reader(let problem, _, _, _):
                throw refuse(nil, .notYAML(reason: problem))
            default:
                throw refuse(nil, .notYAML(reason: "\(error)"))
            }
        } catch {
            throw refuse(nil, .notYAML(reason: "\(error)"))
        }
        guard let composed else { throw refuse(1, .missing(expected: "a mapping of keys")) }
        self.name = name
        root = composed
    }

    /// The first line with that sign before a name, where YAML could take it for an anchor or an alias; comments count.
    private static func line(of sign: Character, in text: String) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let place = lines.firstIndex { line in
            var previous: Character = " "
            var isSign = false
            for character in line {
                if isSign, !character.isWhitespace { return true }
                isSign = character == sign && (previous.isWhitespace || "[]{},:?-!\"'".contains(previous))
                previous = character
            }
            return false
        }
        return place.map { $0 + 1 }
    }

    /// A reader of the whole file, or nil, with the problem noted, when it is not a mapping.
    func reader() -> Reader? { Reader(file: self, node: root, key: "") }

    /// Notes one problem.
    func note(_ line: Int?, _ key: String, _ fault: FileProblem.Fault) {
        notes.problems.append(FileProblem(file: name, line: line, key: key, fault: fault))
    }

    /// - Throws: `FileProblems` when anything was noted, in the order of lines.
    func check() throws(FileProblems) {
        guard !notes.problems.isEmpty else { return }
        throw FileProblems(
            problems: notes.problems.enumerated().sorted { a, b in
                (a.element.line ?? 0, a.offset) < (b.element.line ?? 0, b.offset)
            }.map(\.element))
    }
}
