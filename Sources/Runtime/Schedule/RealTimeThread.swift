import Glibc

/// A thread of its own with a name and, where the system permits it, a real-time priority.
public struct RealTimeThread: ~Copyable {
    private let handle: pthread_t

    private final class Body {
        let name: String
        let priority: Int32?
        let run: (Bool) -> Void
        init(name: String, priority: Int32?, run: @escaping (Bool) -> Void) {
            self.name = name
            self.priority = priority
            self.run = run
        }
    }

    /// The system had no thread to give.
    public struct CannotStart: Error, CustomStringConvertible {
        public let name: String
        public let code: Int32
        public var description: String { "thread \(name) could not be started: \(String(cString: strerror(code)))" }
    }

    /// Starts `body`; its argument says whether `SCHED_FIFO` was granted at `priority` (nil asks for none).
    ///
    /// `body` is sent to the thread: whatever it captures belongs to the thread until `join`.
    public init(name: String, priority: Int32? = nil, body: sending @escaping (Bool) -> Void) throws {
        let box = Unmanaged.passRetained(Body(name: name, priority: priority, run: body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        // Locked memory counts every stack page: 1 MiB is plenty for the ticks.
        pthread_attr_setstacksize(&attributes, 1 << 20)
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                Self.nameThisThread(body.name)
                var granted = false
                if let priority = body.priority {
                    var parameters = sched_param(sched_priority: priority)
                    granted = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0
                }
                body.run(granted)
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw CannotStart(name: name, code: code)
        }
        handle = thread
    }

    /// Waits for the thread's end.
    public consuming func join() {
        pthread_join(handle, nil)
    }

    /// Names the calling thread for debuggers and `top -H`: 15 bytes, through `/proc`, as `pthread_setname_np` is a GNU
    /// extension that Glibc's module does not export.
    private static func nameThisThread(_ name: String) {
        let file = open("/proc/thread-self/comm", O_WRONLY)
        guard file >= 0 else { return }
        let bytes = Array(name.utf8.prefix(15))
        _ = write(file, bytes, bytes.count)
        close(file)
    }

    /// Locks the process' memory, page by page as it is touched; returns nil, or why the system refused.
    public static func lockMemory() -> String? {
        let onFault: Int32 = 4  // MCL_ONFAULT, which Glibc's module does not export
        if mlockall(Int32(MCL_CURRENT) | Int32(MCL_FUTURE) | onFault) == 0 { return nil }
        return String(cString: strerror(errno))
    }
}
