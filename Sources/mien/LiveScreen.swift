import FaceKit
import Foundation
import Glibc
import Runtime
import Telemetry

/// Shows a run while it goes on: a live picture on a terminal, a line a second elsewhere.
struct LiveScreen: ~Copyable {
    /// Where the picture goes.
    enum Kind {
        case terminal
        case lines(FileHandle)
    }

    private let kind: Kind
    private let view: RunView
    private var status = RunStatus()
    private var portrait = FacePortrait()
    private var nextLine = 1.0
    private var isDrawn = false

    init(kind: Kind, view: RunView) {
        self.kind = kind
        self.view = view
        if case .terminal = kind { ConsoleLog.hold() }
    }

    /// A terminal gets the picture, anything else lines; `--json` keeps standard output for the summary.
    static func kind(json: Bool) -> Kind {
        if json { return .lines(.standardError) }
        return isatty(STDOUT_FILENO) == 1 ? .terminal : .lines(.standardOutput)
    }

    /// Whether to colour: never without a terminal, nor when the user's `NO_COLOR` says so.
    static var usesColour: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// Draws what has come since the last call.
    mutating func update(status slot: LatestValueSlot<RunStatus>, portrait portraits: LatestValueSlot<FacePortrait>) {
        if let newest = portraits.take() { portrait = newest }
        guard let newest = slot.take() else { return }
        status = newest
        switch kind {
        case .terminal:
            draw()
        case .lines(let output):
            guard status.seconds >= nextLine else { return }
            nextLine = status.seconds.rounded(.down) + 1
            try? output.write(contentsOf: Data((view.line(status: status, listening: portrait.listening) + "\n").utf8))
        }
    }

    private mutating func draw() {
        var window = winsize()
        let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0 && window.ws_col > 0
        let lines = view.frame(
            status: status, face: portrait.landmarks, listening: portrait.listening,
            width: isKnown ? Int(window.ws_col) : 100)
        let shown = isKnown ? Array(lines.prefix(max(Int(window.ws_row) - 1, 1))) : lines
        var text = isDrawn ? "\u{1B}[H" : "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J\u{1B}[H"
        for line in shown { text += line + "\u{1B}[K\n" }
        text += "\u{1B}[J"
        isDrawn = true
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    /// Gives the terminal back as it was.
    mutating func finish() {
        if isDrawn { try? FileHandle.standardOutput.write(contentsOf: Data("\u{1B}[?25h\u{1B}[?1049l".utf8)) }
        isDrawn = false
        ConsoleLog.release()
    }
}
