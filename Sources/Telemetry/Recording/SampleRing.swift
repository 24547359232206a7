import Synchronization

/// A bounded queue of samples between one producer and one consumer: neither waits, neither allocates.
///
/// Each sample is a plain value and a fixed number of numbers beside it. When the queue is full, what comes is dropped and
/// counted: what is in it stays in its order, and the gap is one piece.
public final class SampleRing<Facts: Sendable>: Sendable {
    public let capacity: Int
    private let numbersEach: Int
    private let produced = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    // A cell belongs to the producer until `produced` has passed it, then to the consumer until `consumed` has.
    nonisolated(unsafe) private let facts: UnsafeMutableBufferPointer<Facts>
    nonisolated(unsafe) private let numbers: UnsafeMutableBufferPointer<Double>

    /// - Parameters:
    ///   - initial: what the cells hold at first.
    ///   - numbersEach: numbers beside each sample.
    public init(capacity: Int, initial: Facts, numbersEach: Int = 0) {
        self.capacity = capacity
        self.numbersEach = numbersEach
        facts = .allocate(capacity: capacity)
        facts.initialize(repeating: initial)
        numbers = .allocate(capacity: capacity * numbersEach)
        numbers.initialize(repeating: 0)
    }

    deinit {
        facts.deinitialize().deallocate()
        numbers.deallocate()
    }

    /// Samples that found the queue full.
    public var droppedCount: Int { dropped.load(ordering: .relaxed) }

    /// Writes a sample in place; false when there was no room. Only the producer calls it.
    @discardableResult
    public func put(_ write: (inout Facts, UnsafeMutableBufferPointer<Double>) -> Void) -> Bool {
        let place = produced.load(ordering: .relaxed)
        guard place - consumed.load(ordering: .acquiring) < capacity else {
            dropped.wrappingAdd(1, ordering: .relaxed)
            return false
        }
        let cell = place % capacity
        write(
            &facts[cell], UnsafeMutableBufferPointer(rebasing: numbers[cell * numbersEach..<(cell + 1) * numbersEach]))
        produced.store(place + 1, ordering: .releasing)
        return true
    }

    /// Reads the oldest sample in place; false when there is none. Only the consumer calls it.
    @discardableResult
    public func take<Failure: Error>(
        _ read: (borrowing Facts, UnsafeBufferPointer<Double>) throws(Failure) -> Void
    ) throws(Failure) -> Bool {
        let place = consumed.load(ordering: .relaxed)
        guard place < produced.load(ordering: .acquiring) else { return false }
        defer { consumed.store(place + 1, ordering: .releasing) }
        let cell = place % capacity
        try read(facts[cell], UnsafeBufferPointer(rebasing: numbers[cell * numbersEach..<(cell + 1) * numbersEach]))
        return true
    }
}
