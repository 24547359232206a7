import Synchronization

/// A latest-value slot between one producer and one consumer: neither waits, neither allocates, the newest value wins.
///
/// Three cells go round: the producer writes into its own, the consumer reads its own, and the third is swapped
/// atomically. A value that nobody took before the next one came is overwritten and counted.
public final class LatestValueSlot<Value: Sendable>: Sendable {
    // The middle cell's index, plus `fresh` while nobody has taken it.
    private let middle = Atomic<Int>(1)
    private let overwritten = Atomic<Int>(0)
    private static var fresh: Int { 4 }

    // Cell 0–2 are touched by one side at a time, as `middle` hands them over; the indices by their own side only.
    nonisolated(unsafe) private let cells: UnsafeMutablePointer<Value>
    nonisolated(unsafe) private let producerCell: UnsafeMutablePointer<Int>
    nonisolated(unsafe) private let consumerCell: UnsafeMutablePointer<Int>

    /// A slot whose cells start as `initial`; it counts as empty until the first `put`.
    public convenience init(_ initial: Value) {
        self.init { _ in initial }
    }

    /// A slot with three cells of their own, for values that hold on to memory and must not share it.
    public init(making cell: (Int) -> Value) {
        cells = .allocate(capacity: 3)
        for index in 0..<3 { (cells + index).initialize(to: cell(index)) }
        producerCell = .allocate(capacity: 1)
        producerCell.initialize(to: 0)
        consumerCell = .allocate(capacity: 1)
        consumerCell.initialize(to: 2)
    }

    deinit {
        cells.deinitialize(count: 3)
        cells.deallocate()
        producerCell.deallocate()
        consumerCell.deallocate()
    }

    /// How many values were overwritten before anybody took them.
    public var overwrittenCount: Int { overwritten.load(ordering: .relaxed) }

    /// Puts the newest value there. Only the producer calls it.
    public func put(_ value: Value) {
        put { $0 = value }
    }

    /// Writes the newest value in place, which spares a large value the copy. Only the producer calls it.
    public func put(_ write: (inout Value) -> Void) {
        write(&cells[producerCell.pointee])
        let previous = middle.exchange(producerCell.pointee | Self.fresh, ordering: .acquiringAndReleasing)
        if previous & Self.fresh != 0 { overwritten.wrappingAdd(1, ordering: .relaxed) }
        producerCell.pointee = previous & 3
    }

    /// Whether a value waits to be taken.
    public var hasValue: Bool { middle.load(ordering: .relaxed) & Self.fresh != 0 }

    /// Takes the newest value, or nil if it has been taken already. Only the consumer calls it.
    public func take() -> Value? {
        guard middle.load(ordering: .relaxed) & Self.fresh != 0 else { return nil }
        let previous = middle.exchange(consumerCell.pointee, ordering: .acquiringAndReleasing)
        consumerCell.pointee = previous & 3
        return cells[consumerCell.pointee]
    }
}
