import FaceKit
import Foundation
import Glibc
import Runtime
import Synchronization

/// The keyboard of a run on a terminal: the space bar is the emergency stop, `c` clears it, `q` lets the face settle and
/// ends.
///
/// While it listens, keys need no Enter and are not shown; the terminal is given back at the end, and by `restore` in a
/// hurry.
final class StopKey: Sendable {
    private static let before = Mutex<termios?>(nil)
    private let isDone = Atomic<Bool>(false)

    /// Nil where standard input is no terminal, or belongs to another job.
    init?(latch: StopLatch, stop: StopFlag) {
        guard isatty(STDIN_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == getpgrp() else { return nil }
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        let kept = settings
        Self.before.withLock { $0 = kept }
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(STDIN_FILENO, TCSANOW, &settings) == 0 else { return nil }
        let thread = Thread { [weak self] in
            while let self, !self.isDone.load(ordering: .acquiring) {
                var interest = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                guard poll(&interest, 1, 50) > 0 else { continue }
                var key: UInt8 = 0
                guard read(STDIN_FILENO, &key, 1) == 1 else { return }
                switch key {
                case UInt8(ascii: " "): latch.press(.operator)
                case UInt8(ascii: "c"): latch.clearByOperator()
                case UInt8(ascii: "q"): stop.request()
                default: break
                }
            }
        }
        thread.name = "stop key"
        thread.start()
    }

    func finish() {
        isDone.store(true, ordering: .releasing)
        Self.restore()
    }

    /// Gives the terminal back as it was.
    static func restore() {
        before.withLock { settings in
            guard var kept = settings else { return }
            tcsetattr(STDIN_FILENO, TCSANOW, &kept)
            settings = nil
        }
    }
}
