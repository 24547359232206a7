import Foundation

/// A progress bar on standard error, drawn only where that is a terminal.
struct ProgressLine {
    private let total: Int
    private let label: String
    private let unit: String
    private let isShown = isatty(STDERR_FILENO) == 1
    private var done = 0
    private var drawn = -1

    init(total: Int, label: String, unit: String = "frames") {
        self.unit = unit
        self.total = max(total, 1)
        self.label = label
    }

    mutating func advance() {
        done += 1
        let percent = done * 100 / total
        guard isShown, percent != drawn else { return }
        drawn = percent
        let filled = String(repeating: "█", count: percent * 30 / 100)
        let empty = String(repeating: "·", count: 30 - filled.count)
        write("\r\(label) \(filled)\(empty) \(percent) % of \(total) \(unit)")
    }

    /// Clears the line.
    func finish() {
        if isShown { write("\r\u{1B}[K") }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
