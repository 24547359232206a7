import FaceKit
import Synchronization

/// A bus output without a line or a thread: it makes the bytes a `BusWriter` would write, counts and hashes them, and
/// hands them to a listener. On the virtual clock the same targets always give the same bytes.
public final class RecordingBus<Bus: ActuatorBus>: BusOutput {
    /// Receives each run of bytes with the instant it was sent at.
    public typealias Listener = @Sendable (UnsafeRawBufferPointer, Nanoseconds) -> Void

    public let name: String
    private let healthRequest: [UInt8]
    private let greeting: [UInt8]
    public let actuators: [Int]
    private let healthInterval: Int
    private let listener: Listener?
    private let tap: BusTap?
    private let record: Mutex<Record>

    private struct Record: ~Copyable, @unchecked Sendable {  // owns its buffer, touched under the mutex alone
        var bus: Bus
        var digest = ByteDigest()
        var statistics = BusStatistics()
        let frame: UnsafeMutableRawBufferPointer
        var isOpen = false
        var isClosed = false
        var announced = false

        deinit { frame.deallocate() }
    }

    /// - Parameters:
    ///   - framesPerHealthRequest: frames between two requests for error bits, 0 for none; as in `BusWriter`, so that
    ///     both write the same bytes.
    ///   - tap: sees all that a writer would write.
    public init(
        name: String, bus: Bus, framesPerHealthRequest: Int = 100, listener: Listener? = nil, tap: BusTap? = nil
    ) {
        self.name = name
        healthRequest = bus.healthRequest
        greeting = bus.questions.flatMap(\.bytes) + bus.greeting
        actuators = bus.actuators
        self.healthInterval = framesPerHealthRequest
        self.listener = listener
        self.tap = tap
        record = Mutex(Record(bus: bus, frame: .allocate(byteCount: bus.frameCapacity, alignment: 1)))
    }

    public func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
        record.withLock { record in
            guard !record.isClosed else { return }
            if !record.isOpen {
                record.isOpen = true
                greeting.withUnsafeBytes { write($0, &record, time, BusWrite(.greeting)) }
            }
            let count = record.bus.encode(positions, enabled: enabled, into: record.frame)
            let frame = UnsafeRawBufferPointer(rebasing: record.frame[..<count])
            write(frame, &record, time, BusWrite(.frame, time: time))
            record.statistics.framesSubmitted += 1
            record.statistics.framesWritten += 1
            if healthInterval > 0, record.statistics.framesWritten % healthInterval == 0 {
                healthRequest.withUnsafeBytes {
                    write($0, &record, time, BusWrite(.frame, isStart: false, time: time))
                }
            }
        }
    }

    private func write(
        _ bytes: UnsafeRawBufferPointer, _ record: inout Record, _ time: Nanoseconds, _ part: BusWrite
    ) {
        guard bytes.count > 0 else { return }
        record.digest.update(bytes)
        listener?(bytes, time)
        tap?(bytes, part)
    }

    public let inventory = BusInventory()
    public var mismatch: BusMismatch? { nil }
    public func telemetry(of actuator: Int) -> ServoReport? { nil }

    public var state: BusState { record.withLock { $0.isClosed ? .closed : .open } }

    /// A recording is never lost, so there is nothing to take up again.
    public func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool { false }

    public func nextEvent() -> BusEvent? {
        record.withLock { record in
            guard !record.announced else { return nil }
            record.announced = true
            return .opened
        }
    }

    public var statistics: BusStatistics {
        record.withLock { record in
            var statistics = record.statistics
            statistics.bytesWritten = record.digest.byteCount
            statistics.sha256 = record.digest.hexadecimal
            return statistics
        }
    }

    public func finish() {
        record.withLock { $0.isClosed = true }
    }
}
