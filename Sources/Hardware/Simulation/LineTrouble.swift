import FaceKit

/// What is wrong with a simulated line itself: bytes lost, bits turned over, both at random with a fixed seed, and
/// bytes that come late.
struct LineTrouble: Sendable {
    /// Shares of the bytes, 0 to 1.
    var dropped = 0.0
    var flipped = 0.0
    /// How late bytes arrive.
    var delay: Nanoseconds = 0

    private let random = CounterRandom(seed: 0, system: .test)
    private var count: UInt32 = 0
    /// Bytes on their way, with the instant each run arrives at.
    private var pending: [(time: Nanoseconds, bytes: [UInt8])] = []

    var isQuiet: Bool { dropped == 0 && flipped == 0 && delay == 0 && pending.isEmpty }

    /// Takes bytes that were sent at an instant.
    mutating func send(_ bytes: UnsafeRawBufferPointer, at now: Nanoseconds) {
        var passed: [UInt8] = []
        for byte in bytes {
            count &+= 1
            let draws = (random.uniform(frame: count, draw: 0), random.uniform(frame: count, draw: 1))
            if Double(draws.0) < dropped { continue }
            let bit = UInt8(truncatingIfNeeded: count % 8)
            passed.append(Double(draws.1) < flipped ? byte ^ 1 << bit : byte)
        }
        if !passed.isEmpty { pending.append((now + delay, passed)) }
    }

    /// The next run of bytes that has arrived.
    mutating func arrive(at now: Nanoseconds) -> [UInt8]? {
        guard let first = pending.first, first.time <= now else { return nil }
        return pending.removeFirst().bytes
    }

    /// Milliseconds until the next run arrives, nil when there is none.
    func wait(from now: Nanoseconds) -> Int32? {
        pending.first.map { Int32(max(0, min(100, ($0.time - now + 999_999) / 1_000_000))) }
    }
}
