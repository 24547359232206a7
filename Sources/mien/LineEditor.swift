import CEdit
import Foundation
import Synchronization

/// Lines from a person: edited, completed and remembered on a terminal, plain elsewhere.
struct LineEditor {
    /// What completes a word, and what it found last; the editing library's callbacks carry nothing of their own.
    private static let completion = Mutex<(complete: @Sendable (String) -> [String], found: [String])>(
        ({ _ in [] }, []))

    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    private let history: URL?

    /// - Parameters:
    ///   - history: the file that lines are remembered in; nil for none.
    ///   - complete: the words that the beginning of one may become.
    init(history: URL?, complete: @escaping @Sendable (String) -> [String]) {
        self.history = history
        guard isTerminal else { return }
        Self.completion.withLock { $0.complete = complete }
        // Kept for the process' life: the library holds on to it.
        let breaks = strdup(" \t\n\"'(){}[],;:=+-*/%^#<>~&|")
        mien_edit_complete_with(
            { text, _, _ in
                mien_edit_no_file_names()
                return rl_completion_matches(text) { text, state in LineEditor.match(text, state) }
            }, breaks)
        if let history { _ = read_history(history.path) }
        stifle_history(1000)
    }

    /// The next of the words that `text` may become, in memory that the library frees; nil after the last.
    private static func match(_ text: UnsafePointer<CChar>?, _ state: Int32) -> UnsafeMutablePointer<CChar>? {
        guard let text else { return nil }
        let word = String(cString: text)
        return completion.withLock { completion in
            if state == 0 { completion.found = completion.complete(word) }
            return completion.found.isEmpty ? nil : strdup(completion.found.removeFirst())
        }
    }

    /// The next line; nil at the end of the input.
    func line(prompt: String) -> String? {
        guard isTerminal else { return readLine() }
        guard let typed = readline(prompt) else { return nil }
        defer { free(typed) }
        return String(cString: typed)
    }

    /// Remembers what was typed, on one line.
    func remember(_ text: String) {
        guard isTerminal, !text.isEmpty else { return }
        _ = add_history(text.replacing("\n", with: " "))
        guard let history else { return }
        try? FileManager.default.createDirectory(
            at: history.deletingLastPathComponent(), withIntermediateDirectories: true)
        _ = write_history(history.path)
        chmod(history.path, 0o600)
    }
}
