import Actuation
import FaceKit
import Foundation
import Glibc
import Synchronization

/// A descriptor that somebody holds while the robot may move: its end presses the emergency stop, and so does its silence,
/// where a time is given.
///
/// Whoever holds the other end (a safety controller, a supervising process, a switch's reader) writes anything at all as
/// often as it likes. Once the other end is closed, the stop comes back whatever an operator clears, for nobody is there to
/// let go any more; after a silence the operator can clear when bytes come again.
public final class DeadMan: Sendable {
    /// The descriptor cannot be a dead man's.
    public struct Failure: Error, CustomStringConvertible {
        public let descriptor: Int32
        public var description: String {
            "--dead-man \(descriptor): found no open descriptor \(descriptor), expected a pipe or socket to read from"
        }
    }

    private let isDone = Atomic<Bool>(false)

    /// - Parameters:
    ///   - silence: the longest time between two bytes; nil watches for the end alone.
    ///   - stop: what is pressed.
    public init(descriptor: CInt, silence: Nanoseconds? = nil, stop: StopLatch) throws(Failure) {
        guard fcntl(descriptor, F_GETFL) != -1 else { throw Failure(descriptor: descriptor) }
        let thread = Thread { [weak self] in
            var watch = Watch(silence: silence, now: SystemClock().now())
            while let self, !self.isDone.load(ordering: .acquiring) {
                watch.look(descriptor, stop: stop)
            }
        }
        thread.name = "dead man"
        thread.start()
    }

    deinit { finish() }

    /// Watches no longer.
    public func finish() { isDone.store(true, ordering: .releasing) }

    /// What is known of the other end.
    private struct Watch {
        let silence: Nanoseconds?
        var heard: Nanoseconds
        var hasEnded = false
        let clock = SystemClock()

        init(silence: Nanoseconds?, now: Nanoseconds) {
            self.silence = silence
            heard = now
        }

        /// Waits for at most 20 ms and presses the stop where that is due.
        mutating func look(_ descriptor: CInt, stop: StopLatch) {
            if hasEnded {
                usleep(20_000)
            } else {
                var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&interest, 1, 20) > 0 {
                    var bytes = [UInt8](repeating: 0, count: 256)
                    let count = read(descriptor, &bytes, bytes.count)
                    if count > 0 {
                        heard = clock.now()
                    } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                        hasEnded = true
                    }
                }
            }
            let isSilent = silence.map { clock.now() - heard > $0 } ?? false
            if hasEnded || isSilent { stop.press(.deadMan) }
        }
    }
}
