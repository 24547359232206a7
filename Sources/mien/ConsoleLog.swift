import Foundation
import Logging
import Synchronization

/// Log lines on standard error; while a live picture is on the terminal they wait until it is gone.
struct ConsoleLog: LogHandler {
    /// Lines that wait for the picture to go, shared by all loggers of the process.
    private static let waiting = Mutex<[String]?>(nil)

    /// Where lines go beside standard error.
    private static let listener = Mutex<(@Sendable (_ level: String, _ message: String) -> Void)?>(nil)

    /// From here on lines go to a listener, too, a broker's bridge for instance.
    static func forward(to take: @escaping @Sendable (_ level: String, _ message: String) -> Void) {
        listener.withLock { $0 = take }
    }

    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Makes this the log of the whole process; called once, first of all.
    static func install() { LoggingSystem.bootstrap { _ in ConsoleLog() } }

    /// From here on lines wait.
    static func hold() { waiting.withLock { $0 = $0 ?? [] } }

    /// Prints the lines that waited.
    static func release() {
        let lines = waiting.withLock { lines in
            defer { lines = nil }
            return lines ?? []
        }
        for line in lines { write(line) }
    }

    func log(event: LogEvent) {
        // One line each, whatever a script or a broker put into it.
        let line = Failure.printable("mien: \(event.level >= .warning ? "\(event.level): " : "")\(event.message)")
        Self.listener.withLock { $0 }?("\(event.level)", "\(event.message)")
        let isHeld = Self.waiting.withLock { lines in
            lines?.append(line)
            return lines != nil
        }
        if !isHeld { Self.write(line) }
    }

    private static func write(_ line: String) {
        try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
    }
}
