import Synchronization

/// A bounded queue of bus events between one producer and one consumer. Neither waits nor allocates; when it is full the
/// oldest event is dropped, and the consumer is told how many were.
final class EventRing: Sendable {
    static let capacity = 64

    // Each cell holds the event's number in the upper 24 bits, so that the consumer sees when it was overwritten.
    private let cells: Cells
    private let produced = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)

    private final class Cells: @unchecked Sendable {  // they are atomics that live as long as the box
        let start = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: capacity)
        init() {
            for index in 0..<capacity { (start + index).initialize(to: Atomic(0)) }
        }
        deinit {
            start.deinitialize(count: capacity)
            start.deallocate()
        }
    }

    init() { cells = Cells() }

    /// Appends an event. Only the producer calls it.
    func put(_ event: BusEvent) {
        let number = produced.load(ordering: .relaxed)
        cells.start[number % Self.capacity].store(Self.packed(event, number), ordering: .releasing)
        produced.store(number + 1, ordering: .releasing)
    }

    /// Takes the oldest event. Only the consumer calls it.
    func take() -> BusEvent? {
        let end = produced.load(ordering: .acquiring)
        let next = consumed.load(ordering: .relaxed)
        guard next < end else { return nil }
        let word = cells.start[next % Self.capacity].load(ordering: .acquiring)
        guard word >> 40 == UInt64(next) & 0xFF_FFFF else {
            // Overwritten: go on at the oldest that cannot be under the producer's pen.
            let oldest = max(next + 1, produced.load(ordering: .acquiring) - Self.capacity + 1)
            consumed.store(oldest, ordering: .relaxed)
            return .dropped(Int32(clamping: oldest - next))
        }
        consumed.store(next + 1, ordering: .relaxed)
        return Self.unpacked(word)
    }

    private static func packed(_ event: BusEvent, _ number: Int) -> UInt64 {
        let (kind, value): (UInt64, UInt32) =
            switch event {
            case .opened: (0, 0)
            case .lost(let errno): (1, UInt32(bitPattern: errno))
            case .returned: (2, 0)
            case .deviceErrors(let bits): (3, UInt32(bits))
            case .silent: (4, 0)
            case .mismatch: (6, 0)
            case .servoFaults(let actuator, let faults): (7, UInt32(actuator) << 8 | UInt32(faults.rawValue))
            case .dropped(let count): (5, UInt32(bitPattern: count))
            }
        return (UInt64(number) & 0xFF_FFFF) << 40 | kind << 32 | UInt64(value)
    }

    private static func unpacked(_ word: UInt64) -> BusEvent {
        let value = UInt32(truncatingIfNeeded: word)
        return switch word >> 32 & 0xFF {
        case 0: .opened
        case 1: .lost(errno: Int32(bitPattern: value))
        case 2: .returned
        case 3: .deviceErrors(UInt16(truncatingIfNeeded: value))
        case 4: .silent
        case 6: .mismatch
        case 7:
            .servoFaults(
                actuator: UInt16(truncatingIfNeeded: value >> 8),
                ServoFaults(rawValue: UInt8(truncatingIfNeeded: value)))
        default: .dropped(Int32(bitPattern: value))
        }
    }
}
