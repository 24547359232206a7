import Actuation
import FaceKit
import Foundation
import Synchronization

/// A bus output with a serial line and a thread of its own.
///
/// The control tick leaves its newest frame in a latest-value slot and goes on; the thread writes it. A frame that was
/// not begun before the next one came is overwritten and counted. When the line goes away the thread keeps looking for
/// it, waiting 50 ms at first and 150 ms at most; when it is back the thread asks who is there, sends the greeting and,
/// where servos cannot say how they stand, the last frame again, and waits for `resume`.
public final class BusWriter<Bus: ActuatorBus>: BusOutput {
    /// Opens the line; called again each time it was lost.
    public typealias Opener = @Sendable () throws(SerialPortError) -> any SerialPort

    public let name: String
    private let mailbox: BusMailbox
    private let torqueBytes: @Sendable (Double) -> [UInt8]
    /// What the device said of itself when it was opened first.
    public let inventory: BusInventory

    /// Opens the line and starts the thread.
    ///
    /// - Parameters:
    ///   - framesPerHealthRequest: frames between two requests for error bits, 0 for none.
    ///   - last: what is written at the end, or by the guardian if this process dies.
    ///   - tap: sees all that is written.
    ///   - clock: the clock that `send`'s instants are on.
    /// - Throws: what is wrong with the line (`SerialPortError`) when it cannot be opened the first time, or with what is
    ///   on it (`BusMismatch`); nothing has moved then.
    public init(
        name: String, bus: Bus, framesPerHealthRequest: Int = 100, clock: any TickClock = SystemClock(),
        last: [UInt8] = [], guardian: Guardian? = nil, tap: BusTap? = nil,
        open: @escaping Opener
    ) throws {
        self.name = name
        actuators = bus.actuators
        torqueBytes = { bus.torqueLimit($0) }
        mailbox = BusMailbox(positionCount: bus.positionCount, tap: tap)
        let mailbox = mailbox
        let port = try open()
        inventory = try BusInspection(bus: bus, name: name, onWrite: mailbox.noteQuestion).run(port)
        let first = PortInTransit(port: port)
        let thread = Thread {
            var line = BusLine(
                bus: bus, name: name, mailbox: mailbox, healthInterval: framesPerHealthRequest, clock: clock,
                port: first.port, last: last, guardian: guardian,
                open: open)
            line.run()
            mailbox.ended.signal()
        }
        thread.name = "bus " + name
        thread.start()
    }

    private struct PortInTransit: @unchecked Sendable {  // handed to its thread once, before anybody uses it
        let port: any SerialPort
    }

    deinit { mailbox.stop() }

    public let actuators: [Int]

    public var state: BusState { mailbox.state }

    public func send(_ positions: Span<Double>, enabled: Span<Bool>, at time: Nanoseconds) {
        mailbox.submitted.wrappingAdd(1, ordering: .relaxed)
        guard mailbox.state == .open else {
            mailbox.dropped.wrappingAdd(1, ordering: .relaxed)
            return
        }
        mailbox.frames.put { frame in
            for index in positions.indices {
                frame.positions[index] = positions[index]
                frame.enabled[index] = enabled[index]
            }
            frame.time = time
        }
        mailbox.bell.ring()
    }

    public func resume(into positions: UnsafeMutableBufferPointer<Double>) -> Bool {
        guard mailbox.state == .returned else { return false }
        let last = mailbox.lastSent.take()
        if let last {
            for index in actuators { positions[index] = last.positions[index] }
        }
        mailbox.state = .open
        return last != nil
    }

    public func nextEvent() -> BusEvent? { mailbox.events.take() }

    public var mismatch: BusMismatch? { mailbox.ledger.withLock { $0.mismatch } }

    public func telemetry(of actuator: Int) -> ServoReport? { mailbox.ledger.withLock { $0.reports[actuator] } }

    public func limitTorque(_ share: Double) -> Bool {
        let bytes = torqueBytes(share)
        mailbox.extra.withLock { $0 += bytes }
        return !bytes.isEmpty
    }

    public func strain(of actuator: Int) -> Derating.Strain? { mailbox.strains.strain(actuator) }
    public func measurements(of actuator: Int) -> UInt32 { mailbox.strains.measurements(actuator) }

    public var statistics: BusStatistics {
        var statistics = mailbox.ledger.withLock { ledger in
            var statistics = ledger.statistics
            statistics.bytesWritten = ledger.digest.byteCount
            statistics.sha256 = ledger.digest.hexadecimal
            return statistics
        }
        statistics.framesSubmitted = mailbox.submitted.load(ordering: .relaxed)
        statistics.framesOverwritten = mailbox.frames.overwrittenCount
        statistics.framesDropped = mailbox.dropped.load(ordering: .relaxed)
        return statistics
    }

    public func finish() {
        guard mailbox.stop() else { return }
        _ = mailbox.ended.wait(timeout: .now() + .seconds(2))
    }
}
