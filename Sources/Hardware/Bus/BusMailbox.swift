import FaceKit
import Foundation
import Synchronization

/// One frame on its way to the writer: the targets of a tick.
struct BusFrame: @unchecked Sendable {  // the memory is `BusMailbox`'s; its slot hands it to one side at a time
    /// Radians.
    let positions: UnsafeMutableBufferPointer<Double>
    /// Whether each actuator is driven.
    let enabled: UnsafeMutableBufferPointer<Bool>
    /// The tick's instant.
    var time: Nanoseconds = 0

    init(positionCount: Int) {
        positions = .allocate(capacity: positionCount)
        positions.initialize(repeating: 0)
        enabled = .allocate(capacity: positionCount)
        enabled.initialize(repeating: false)
    }

    func deallocate() {
        positions.deallocate()
        enabled.deallocate()
    }
}

/// What the control thread and the writer thread of a bus share.
final class BusMailbox: Sendable {
    /// Counts and the digest; the writer's thread updates them, anybody but the control tick reads them.
    struct Ledger: ~Copyable {
        var digest = ByteDigest()
        var statistics = BusStatistics()
        var mismatch: BusMismatch?
        var reports: [Int: ServoReport] = [:]
    }

    /// Frames towards the writer.
    let frames: LatestValueSlot<BusFrame>
    /// The targets sent last, towards the control thread, filled when the line has returned.
    let lastSent: LatestValueSlot<BusFrame>
    let events = EventRing()
    let strains: StrainBoard
    /// Bytes that go out with the next frame.
    let extra = Mutex<[UInt8]>([])
    let submitted = Atomic<Int>(0)
    let dropped = Atomic<Int>(0)
    let ledger = Mutex(Ledger())
    /// Signalled when the writer's thread has ended.
    let ended = DispatchSemaphore(value: 0)
    /// Rings when there is something to do.
    let bell = Bell()

    /// Sees all that is written.
    let tap: BusTap?

    private let memory: [BusFrame]
    private let stateValue = Atomic<UInt8>(BusState.open.rawValue)
    private let stopping = Atomic<Bool>(false)

    init(positionCount: Int, tap: BusTap? = nil) {
        self.tap = tap
        let memory = (0..<6).map { _ in BusFrame(positionCount: positionCount) }
        self.memory = memory
        strains = StrainBoard(count: positionCount)
        frames = LatestValueSlot { memory[$0] }
        lastSent = LatestValueSlot { memory[3 + $0] }
    }

    deinit {
        for frame in memory { frame.deallocate() }
    }

    var state: BusState {
        get { BusState(rawValue: stateValue.load(ordering: .acquiring)) ?? .closed }
        set { stateValue.store(newValue.rawValue, ordering: .releasing) }
    }

    /// Moves from one state to another, unless somebody else was faster.
    func move(from old: BusState, to new: BusState) -> Bool {
        stateValue.compareExchange(expected: old.rawValue, desired: new.rawValue, ordering: .acquiringAndReleasing)
            .exchanged
    }

    /// Takes in the bytes of a question that was asked.
    func noteQuestion(_ bytes: UnsafeRawBufferPointer) {
        ledger.withLock { $0.digest.update(bytes) }
        tap?(bytes, BusWrite(.question))
    }

    /// Asks the writer to end; false when it had been asked before.
    @discardableResult
    func stop() -> Bool {
        guard !stopping.exchange(true, ordering: .acquiringAndReleasing) else { return false }
        bell.ring()
        return true
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }
}
