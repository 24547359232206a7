import Glibc

/// A wake-up call from one thread to another that waits in `poll`: a pipe that never blocks.
public final class Bell: Sendable {
    /// Readable while the bell rings.
    public let listener: CInt
    private let caller: CInt

    public init() {
        var ends: [CInt] = [-1, -1]
        // Without a pipe the listener still looks in ten times a second.
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            }
        }
        listener = ends[0]
        caller = ends[1]
    }

    deinit {
        close(listener)
        close(caller)
    }

    /// Rings; a bell that rings already stays so.
    public func ring() {
        var byte: UInt8 = 1
        _ = write(caller, &byte, 1)
    }

    /// Stops the ringing.
    public func hush() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            while read(listener, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }
}
