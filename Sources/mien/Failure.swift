import ArgumentParser
import Foundation

/// How the program says that something went wrong: one sentence on standard error, and an exit code.
///
/// Bad input of any kind exits with 2. What the argument parser itself refuses keeps the parser's message and its code
/// (64), help and version keep 0, and a command that throws `ExitCode` keeps that.
enum Failure {
    static let badInput: Int32 = 2

    /// Ends the program for an error that reached the top.
    static func exit(for error: any Error) -> Never {
        guard Mien.exitCode(for: error) == .failure, !(error is ExitCode) else { Mien.exit(withError: error) }
        try? FileHandle.standardError.write(contentsOf: Data("mien: \(sentence(error))\n".utf8))
        Foundation.exit(badInput)
    }

    /// Standard output that did not take what was printed to it.
    struct UnwrittenOutput: Error, CustomStringConvertible {
        let code: Int32

        var description: String { "standard output could not be written: \(String(cString: strerror(code)))" }
    }

    /// Throws where something that was printed is lost: a full disk, a closed output.
    static func requireWrittenOutput() throws {
        errno = 0
        guard fflush(nil) != 0 else { return }
        throw UnwrittenOutput(code: errno == 0 ? EIO : errno)
    }

    /// The error in one line. Control characters, which may come from a file, are spelled out.
    static func sentence(_ error: any Error) -> String {
        let text = type(of: error) is NSError.Type ? error.localizedDescription : String(describing: error)
        return printable(text)
    }

    /// A text in one line, fit for a terminal, whatever file it came from.
    static func printable(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { line, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line += scalar.escaped(asASCII: true)
            default: line.unicodeScalars.append(scalar)
            }
        }
    }
}
