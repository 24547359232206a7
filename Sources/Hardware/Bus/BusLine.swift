import FaceKit
import Glibc

/// The writer thread's side of a bus: the port, the bytes on their way out, and the answers on their way in.
struct BusLine<Bus: ActuatorBus> {
    private var bus: Bus
    private let name: String
    /// What is said last, by this thread or, if the process dies, by the guardian.
    private let farewellBytes: [UInt8]
    private let guardian: Guardian?
    private var saidFarewell = false
    private let mailbox: BusMailbox
    private let healthInterval: Int
    private let clock: any TickClock
    private let open: BusWriter<Bus>.Opener

    private var port: (any SerialPort)?
    private var decoder: Bus.Decoder
    /// Bytes to be written and how many of them are.
    private var outgoing: [UInt8] = []
    private var written = 0
    /// What `outgoing` is.
    private var purpose = BusWrite.Purpose.greeting
    /// The frame among `outgoing`, until it is written in full.
    private var current: (targets: Targets, time: Nanoseconds?)?
    /// The frame written last.
    private var last: Targets?
    /// Room for one encoded frame.
    private var scratch: [UInt8]
    private var framesSinceHealth = 0
    private var lastWrite: Nanoseconds?
    private var healthDeadline: Nanoseconds?
    /// When answers on a shared wire were last asked for.
    private var wireTaken: Nanoseconds?
    private var isSilent = false
    /// What was last said not to fit.
    private var saidMismatch: BusMismatch?
    private var backOff: Nanoseconds = 0

    /// How long an answer may take.
    private static var patience: Nanoseconds { 250_000_000 }
    /// How long `finish` may go on writing.
    private static var farewell: Nanoseconds { 250_000_000 }
    /// How long a frame waits for answers that share its wire.
    private static var turnaround: Nanoseconds { 20_000_000 }

    /// The targets of one tick: radians, and whether each actuator is driven.
    private struct Targets {
        var positions: [Double]
        var enabled: [Bool]
    }

    init(
        bus: Bus, name: String, mailbox: BusMailbox, healthInterval: Int, clock: any TickClock, port: any SerialPort,
        last farewellBytes: [UInt8], guardian: Guardian?, open: @escaping BusWriter<Bus>.Opener
    ) {
        self.farewellBytes = farewellBytes
        self.guardian = guardian
        self.bus = bus
        self.name = name
        self.mailbox = mailbox
        self.healthInterval = healthInterval
        self.clock = clock
        self.open = open
        self.port = port
        decoder = bus.makeDecoder()
        scratch = Array(repeating: 0, count: bus.frameCapacity)
    }

    // MARK: - The loop

    mutating func run() {
        greet()
        mailbox.events.put(.opened)
        let monotonic = SystemClock()
        var end: Nanoseconds?
        while true {
            if mailbox.isStopping {
                end = end ?? monotonic.now() + Self.farewell
                if port != nil, isIdle, !saidFarewell {
                    saidFarewell = true
                    outgoing = farewellBytes
                    purpose = .farewell
                    written = 0
                }
                if port == nil || isIdle || monotonic.now() > end ?? 0 { break }
            }
            do throws(SerialPortError) {
                if port == nil { search() } else { try exchange() }
            } catch {
                lose(error)
            }
        }
        port?.close()
        mailbox.state = .closed
    }

    /// Whether all that was handed over has been written.
    private var isIdle: Bool { outgoing.isEmpty && current == nil && !mailbox.frames.hasValue }

    /// One round of waiting, writing and reading.
    private mutating func exchange() throws(SerialPortError) {
        guard let port else { return }
        if outgoing.isEmpty, !isWireTaken, mailbox.frames.hasValue {
            if wasSilentTooLong { greetAgain() } else if let frame = mailbox.frames.take() { begin(frame) }
        }
        let events = Int16(outgoing.isEmpty ? POLLIN : POLLIN | POLLOUT)
        var interests = [
            pollfd(fd: port.descriptor, events: events, revents: 0),
            // A new frame waits until the present one is out.
            pollfd(
                fd: outgoing.isEmpty && !isWireTaken ? mailbox.bell.listener : -1, events: Int16(POLLIN), revents: 0),
        ]
        poll(&interests, nfds_t(interests.count), isWireTaken ? 2 : 100)
        if interests[1].revents != 0 { mailbox.bell.hush() }
        let happened = interests[0].revents
        if happened & Int16(POLLIN) != 0 { try receive(port) }
        if happened & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 { throw .lost(path: port.path, errno: EIO) }
        if !outgoing.isEmpty { try transmit(port) }
        checkSilence()
    }

    /// Whether answers are still coming on a wire that frames share.
    private var isWireTaken: Bool {
        guard bus.isHalfDuplex, decoder.expectedReplies > 0, let asked = wireTaken else { return false }
        return clock.now() - asked < Self.turnaround
    }

    // MARK: - Out

    private mutating func greet() {
        bus.forget()
        if let guardian, let port, !farewellBytes.isEmpty {
            guardian.hold(bus: name, descriptor: port.descriptor, last: farewellBytes)
        }
        wireTaken = nil
        outgoing = bus.greeting
        purpose = .greeting
        written = 0
        decoder = bus.makeDecoder()
        healthDeadline = nil
        if !outgoing.isEmpty { decoder.expectGreeting() }
    }

    /// Whether servos may have stopped because nobody spoke to them.
    private var wasSilentTooLong: Bool {
        guard let longest = bus.longestSilence, let lastWrite else { return false }
        return clock.now() - lastWrite > longest / 4 * 3
    }

    private mutating func greetAgain() {
        bus.forget()
        outgoing = bus.greeting
        purpose = .greeting
        written = 0
        lastWrite = clock.now()
    }

    private mutating func begin(_ frame: BusFrame) {
        begin(Targets(positions: Array(frame.positions), enabled: Array(frame.enabled)), frame.time)
    }

    private mutating func begin(_ targets: Targets, _ time: Nanoseconds?) {
        current = (targets, time)
        if outgoing.isEmpty { purpose = time == nil ? .again : .frame }
        let count = scratch.withUnsafeMutableBytes { buffer in
            bus.encode(targets.positions.span, enabled: targets.enabled.span, into: buffer)
        }
        outgoing += scratch[..<count]
        mailbox.extra.withLock { extra in
            outgoing += extra
            extra.removeAll(keepingCapacity: true)
        }
        framesSinceHealth += 1
        if healthInterval > 0, framesSinceHealth >= healthInterval, !bus.healthRequest.isEmpty {
            framesSinceHealth = 0
            outgoing += bus.healthRequest
            decoder.expectHealth()
            healthDeadline = healthDeadline ?? clock.now() + Self.patience
            wireTaken = clock.now()
        }
    }

    private mutating func transmit(_ port: any SerialPort) throws(SerialPortError) {
        let result = outgoing.withUnsafeBytes { bytes in
            Result { () throws(SerialPortError) in try port.write(UnsafeRawBufferPointer(rebasing: bytes[written...])) }
        }
        let count = try result.get()
        guard count > 0 else { return }
        lastWrite = clock.now()
        if let tap = mailbox.tap {
            let part = BusWrite(purpose, isStart: written == 0, time: current?.time)
            outgoing.withUnsafeBytes { tap(UnsafeRawBufferPointer(rebasing: $0[written..<written + count]), part) }
        }
        let isDone = written + count == outgoing.count
        let delay = isDone ? (current?.time).map { clock.now() - $0 } : nil
        mailbox.ledger.withLock { ledger in
            ledger.digest.update(Array(outgoing[written..<written + count]))
            guard isDone, current != nil else { return }
            ledger.statistics.framesWritten += 1
            if let delay {
                ledger.statistics.worstWireDelay = max(ledger.statistics.worstWireDelay, Double(delay) / 1e9)
            }
        }
        written += count
        guard isDone else { return }
        outgoing.removeAll(keepingCapacity: true)
        written = 0
        if let current { last = current.targets }
        current = nil
    }

    // MARK: - In

    private mutating func receive(_ port: any SerialPort) throws(SerialPortError) {
        var bytes = [UInt8](repeating: 0, count: 256)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(SerialPortError) in try port.read(into: buffer) }
        }
        let count = try result.get()
        for byte in bytes[..<count] {
            var replies: [BusReply] = []
            decoder.receive(byte) { replies.append($0) }
            for reply in replies { hear(reply) }
        }
    }

    private mutating func hear(_ reply: BusReply) {
        if decoder.expectedReplies == 0 { healthDeadline = nil }
        isSilent = false
        switch reply {
        case .errors(let bits) where bits != 0:
            mailbox.ledger.withLock { ledger in
                ledger.statistics.deviceErrorReports += 1
                ledger.statistics.deviceErrorBits |= bits
            }
            mailbox.events.put(.deviceErrors(bits))
        case .telemetry(let actuator, let telemetry):
            mailbox.strains.put(actuator, telemetry)
            mailbox.ledger.withLock { $0.reports[actuator, default: ServoReport()].telemetry = telemetry }
        case .faults(let actuator, let faults):
            let before = mailbox.ledger.withLock { ledger in
                defer { ledger.reports[actuator, default: ServoReport()].faults = faults }
                return ledger.reports[actuator]?.faults ?? []
            }
            if faults != before { mailbox.events.put(.servoFaults(actuator: UInt16(clamping: actuator), faults)) }
        default: break
        }
    }

    private mutating func checkSilence() {
        guard let deadline = healthDeadline, clock.now() > deadline else { return }
        healthDeadline = nil
        decoder.reset()
        if !isSilent { mailbox.events.put(.silent) }
        isSilent = true
    }

    // MARK: - Loss and return

    private mutating func lose(_ error: SerialPortError) {
        port?.close()
        port = nil
        if current != nil { mailbox.dropped.wrappingAdd(1, ordering: .relaxed) }
        current = nil
        outgoing = []
        written = 0
        backOff = 50_000_000
        mailbox.strains.forget()
        mailbox.state = .lost
        mailbox.ledger.withLock { $0.statistics.losses += 1 }
        mailbox.events.put(.lost(errno: error.errno))
    }

    private mutating func search() {
        var interest = pollfd(fd: mailbox.bell.listener, events: Int16(POLLIN), revents: 0)
        if poll(&interest, 1, Int32(backOff / 1_000_000)) > 0 {
            mailbox.bell.hush()
            if mailbox.isStopping { return }
        }
        backOff = min(backOff * 2, 150_000_000)
        guard let found = try? open() else { return }
        let inventory: BusInventory
        do {
            inventory = try BusInspection(bus: bus, name: name, onWrite: mailbox.noteQuestion).run(found)
        } catch {
            found.close()
            if let mismatch = error as? BusMismatch, mismatch != saidMismatch {
                saidMismatch = mismatch
                mailbox.ledger.withLock { $0.mismatch = mismatch }
                mailbox.events.put(.mismatch)
            }
            return
        }
        saidMismatch = nil
        mailbox.ledger.withLock { $0.mismatch = nil }
        port = found
        greet()
        // What was handed over meanwhile is older than what the control thread will send after `resume`.
        if mailbox.frames.take() != nil { mailbox.dropped.wrappingAdd(1, ordering: .relaxed) }
        if var last {
            // Where the servos can say how they stand, they go on from there; else they get their last targets again.
            let isMeasured = bus.actuators.allSatisfy { inventory.positions[$0] != nil }
            if isMeasured {
                for (actuator, position) in inventory.positions { last.positions[actuator] = position }
            } else {
                begin(last, nil)
            }
            mailbox.lastSent.put { frame in
                _ = frame.positions.update(fromContentsOf: last.positions)
            }
        }
        mailbox.ledger.withLock { $0.statistics.returns += 1 }
        mailbox.state = .returned
        mailbox.events.put(.returned)
    }
}
