import ArgumentParser
import FaceKit
import Foundation

/// The files that a command writes: none over a file that it reads, no two to one place, each where something can be
/// written. Looked at before the work, so that nothing is made in vain.
enum OutputFiles {
    /// A path and what it stands for, as a message says it.
    typealias Named = (path: String, meaning: String)

    /// A file that would be written over another.
    struct SameFile: Error, CustomStringConvertible {
        let path: String
        let meaning: String

        var description: String { "\(path): would overwrite \(meaning); name another file" }
    }

    /// Throws where one of the files is `-`; those that are nil are not asked for.
    static func requireNames(_ files: [(path: String?, option: String)]) throws {
        for (path, option) in files where path == StandardStream.path {
            throw ValidationError("\(option) cannot be standard input or output (-); name a file")
        }
    }

    /// Throws what keeps the outputs from being written; those that are nil are not asked for.
    static func check(_ outputs: [(path: String?, meaning: String)], over inputs: [Named] = []) throws {
        var named = inputs.filter { $0.path != StandardStream.path }
        for case (let path?, let meaning) in outputs {
            if let clash = named.first(where: { areOne($0.path, path) }) {
                throw SameFile(path: path, meaning: clash.meaning)
            }
            try TrackFile.requireWritable(path)
            named.append((path, meaning))
        }
    }

    /// Whether two paths lead to one file, by whichever way: `..`, links, a name that is not there yet.
    static func areOne(_ one: String, _ other: String) -> Bool {
        if [one, other].contains(StandardStream.path) { return one == other }
        var (first, second) = (stat(), stat())
        if stat(one, &first) == 0, stat(other, &second) == 0, first.st_mode & S_IFMT == S_IFREG {
            return first.st_dev == second.st_dev && first.st_ino == second.st_ino
        }
        return place(one) == place(other)
    }

    /// The path with its folder resolved.
    private static func place(_ path: String) -> String {
        let file = URL(fileURLWithPath: path).absoluteURL.standardizedFileURL
        let folder = file.deletingLastPathComponent().resolvingSymlinksInPath()
        return folder.appendingPathComponent(file.lastPathComponent).path
    }
}
