import Glibc
import Synchronization

/// A child process with its two outputs as pipes and nothing to read.
///
/// Foundation's `Process` waits for its child by running a run loop, which threads here have not got.
public final class ChildProcess: Sendable {
    /// The system refused; `errno` says why.
    public struct Failure: Error {
        public let errno: Int32
    }

    /// The process number.
    public let number: pid_t
    /// What it writes to standard output, to be read.
    public let output: CInt
    /// What it writes to standard error, to be read.
    public let complaints: CInt
    private let hasEnded = Mutex(false)
    private let status = Mutex<CInt?>(nil)

    /// - Parameters:
    ///   - passed: a descriptor that the child finds as number 3.
    ///   - inGroupOfItsOwn: whether the terminal's Ctrl-C leaves it alone.
    public init(
        _ program: String, _ arguments: [String], passing passed: CInt? = nil, inGroupOfItsOwn: Bool = false
    ) throws(Failure) {
        var (out, err): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        guard pipe(&out) == 0, pipe(&err) == 0 else { throw Failure(errno: errno) }
        for end in out + err { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, out[1], 1)
        posix_spawn_file_actions_adddup2(&actions, err[1], 2)
        if let passed { posix_spawn_file_actions_adddup2(&actions, passed, 3) }
        // The child starts with no signal blocked or ignored, whatever the calling thread does with them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let ownGroup = inGroupOfItsOwn ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(
            &attributes, Int16(Int(POSIX_SPAWN_SETSIGMASK) | Int(POSIX_SPAWN_SETSIGDEF) | Int(ownGroup)))
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var child: pid_t = 0
        let reason = posix_spawn(&child, program, &actions, &attributes, &words, environ)
        for word in words { free(word) }
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
        close(out[1])
        close(err[1])
        guard reason == 0 else {
            close(out[0])
            close(err[0])
            throw Failure(errno: reason)
        }
        number = child
        output = out[0]
        complaints = err[0]
    }

    deinit {
        end()
        close(output)
        close(complaints)
    }

    /// Whether it still runs.
    public var isRunning: Bool { hasEnded.withLock { !collect(&$0, options: WNOHANG) } }

    /// What it ended with; nil while it runs, and where a signal ended it.
    public var exitStatus: CInt? {
        guard !isRunning, let status = status.withLock({ $0 }), status & 0x7F == 0 else { return nil }
        return status >> 8 & 0xFF
    }

    /// Where a program is, by `PATH` and where Debian keeps servers; nil where it is not installed.
    public static func find(_ program: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
        return (folders + ["/usr/sbin", "/usr/bin", "/usr/local/sbin"]).map { "\($0)/\(program)" }
            .first { access($0, X_OK) == 0 }
    }

    /// Asks it to end, waits a second, then makes it end.
    public func end() {
        hasEnded.withLock { ended in
            guard !collect(&ended, options: WNOHANG) else { return }
            kill(number, SIGTERM)
            for _ in 0..<100 {
                if collect(&ended, options: WNOHANG) { return }
                usleep(10_000)
            }
            kill(number, SIGKILL)
            _ = collect(&ended, options: 0)
        }
    }

    /// Whether it has ended; its number is given back to the system then.
    private func collect(_ ended: inout Bool, options: CInt) -> Bool {
        if !ended {
            var status: CInt = 0
            let result = waitpid(number, &status, options)
            ended = result == number || (result < 0 && errno == ECHILD)
            if result == number { self.status.withLock { $0 = status } }
        }
        return ended
    }
}
