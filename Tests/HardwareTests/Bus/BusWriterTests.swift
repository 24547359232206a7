import Actuation
import CAllocationCounter
import FaceKit
import Foundation
import Glibc
import Hardware
import Testing

/// Waits for other threads; gives up after ten seconds.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<12_000 {
        if try condition() { return true }
        usleep(5000)
    }
    return false
}

/// A serial port over one end of a socket pair, which fills up when nobody reads.
private final class SocketPort: SerialPort {
    let path = "socket"
    let descriptor: CInt
    init(_ descriptor: CInt) { self.descriptor = descriptor }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SerialPortError) -> Int {
        max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SerialPortError) -> Int {
        max(0, Glibc.write(descriptor, bytes.baseAddress, bytes.count))
    }

    func close() {}
}

@Suite struct BusWriterTests {
    private let bus: MaestroBus
    private let greeting: [UInt8] = [0xA1, 0x87, 0, 0, 0, 0x89, 0, 0, 0]
    private static let degreesPerMicrosecond = 0.09

    init() throws { bus = MaestroBus(robot: try robot([(0, 1000, 2000)]), bus: 0) }

    private func radians(_ microseconds: Double) -> Double {
        (microseconds - 1500) * Self.degreesPerMicrosecond * .pi / 180
    }

    private func send(_ microseconds: Double, to writer: BusWriter<MaestroBus>) {
        writer.send([radians(microseconds)].span, enabled: [true].span, at: SystemClock().now())
    }

    /// All that comes out of a descriptor until it has been silent for a while.
    private func drain(_ descriptor: CInt, milliseconds: Int32 = 300) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while poll(&interest, 1, milliseconds) > 0 {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    @Test func whatArrivesIsWhatWasCountedAndHashed() throws {
        let terminal = try PseudoTerminal()
        let path = terminal.path
        let writer = try BusWriter(name: "face", bus: bus, framesPerHealthRequest: 0) { () throws(SerialPortError) in
            try SerialPortOpener.open(path)
        }
        #expect(drain(terminal.master) == greeting)
        send(1500, to: writer)
        #expect(drain(terminal.master) == [0x84, 0, 0x70, 0x2E])
        writer.finish()
        var digest = ByteDigest()
        digest.update(greeting + [0x84, 0, 0x70, 0x2E])
        #expect(writer.statistics.sha256 == digest.hexadecimal)
        #expect(writer.statistics.bytesWritten == 13)
        #expect(writer.statistics.framesWritten == 1)
        #expect(writer.nextEvent() == .opened)
        #expect(writer.state == .closed)
    }

    @Test func theNewestFrameWinsOnALineThatIsFull() throws {
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        // Fill the line before the writer sees it.
        let filling = [UInt8](repeating: 0x55, count: 4096)
        var filled = 0
        while true {
            let count = write(ends[0], filling, filling.count)
            guard count > 0 else { break }
            filled += count
        }
        let line = ends[0]
        let writer = try BusWriter(name: "face", bus: bus, framesPerHealthRequest: 0) { () throws(SerialPortError) in
            SocketPort(line)
        }
        for pulse in [1100.0, 1200, 1300, 1400, 1500] { send(pulse, to: writer) }
        let after = drain(ends[1]).dropFirst(filled)
        writer.finish()
        // Not one frame went out before the greeting had room, so only the newest did.
        #expect(Array(after) == greeting + [0x84, 0, 0x70, 0x2E])
        let statistics = writer.statistics
        #expect(statistics.framesSubmitted == 5)
        #expect(statistics.framesWritten == 1)
        #expect(statistics.framesOverwritten == 4)
    }

    @Test func sendingAllocatesNothing() throws {
        let terminal = try PseudoTerminal()
        let path = terminal.path
        let writer = try BusWriter(name: "face", bus: bus) { () throws(SerialPortError) in
            try SerialPortOpener.open(path)
        }
        defer { writer.finish() }
        let positions = [0.1]
        let enabled = [true]
        writer.send(positions.span, enabled: enabled.span, at: 0)
        let before = mien_allocation_count()
        for tick in 0..<200 { writer.send(positions.span, enabled: enabled.span, at: Nanoseconds(tick)) }
        #expect(mien_allocation_count() == before)
    }

    @Test func errorBitsOfTheBoardBecomeAnEvent() throws {
        let terminal = try PseudoTerminal()
        let path = terminal.path
        // On a clock that stands still the answer is never late.
        let writer = try BusWriter(name: "face", bus: bus, framesPerHealthRequest: 1, clock: VirtualClock()) {
            () throws(SerialPortError) in try SerialPortOpener.open(path)
        }
        send(1500, to: writer)
        // The greeting's question and the frame's, each answered by two bytes; the second says CRC and protocol.
        #expect(drain(terminal.master).filter { $0 == 0xA1 }.count == 2)
        #expect(write(terminal.master, [0, 0, 0x18, 0] as [UInt8], 4) == 4)
        #expect(eventually { writer.statistics.deviceErrorBits == 0x18 })
        #expect(writer.nextEvent() == .opened)
        #expect(eventually { writer.nextEvent() == .deviceErrors(0x18) })
        writer.finish()
    }

    @Test func aBoardThatDoesNotAnswerIsSaidToBeSilent() throws {
        let terminal = try PseudoTerminal()
        let path = terminal.path
        let clock = VirtualClock()
        let writer = try BusWriter(name: "face", bus: bus, framesPerHealthRequest: 1, clock: clock) {
            () throws(SerialPortError) in try SerialPortOpener.open(path)
        }
        send(1500, to: writer)
        #expect(eventually { writer.nextEvent() == .opened })
        #expect(drain(terminal.master).filter { $0 == 0xA1 }.count == 2)
        #expect(writer.nextEvent() == nil)
        clock.advance(by: 1_000_000_000)
        #expect(eventually { writer.nextEvent() == .silent })
        writer.finish()
    }

    @Test func aLineThatWasPulledComesBackWhereItWas() throws {
        let folder = NSTemporaryDirectory() + "mien-line-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let link = folder + "/line"
        var terminal: PseudoTerminal? = try PseudoTerminal()
        #expect(symlink(terminal?.path ?? "", link) == 0)
        let writer = try BusWriter(name: "face", bus: bus, framesPerHealthRequest: 0) { () throws(SerialPortError) in
            try SerialPortOpener.open(link)
        }
        send(1250, to: writer)
        #expect(eventually { writer.statistics.framesWritten == 1 })

        terminal = nil
        unlink(link)
        #expect(eventually { writer.state == .lost })
        // Nothing sent meanwhile may move the servos later.
        send(1900, to: writer)
        var positions = [9.0]
        #expect(!positions.withUnsafeMutableBufferPointer { writer.resume(into: $0) })

        let second = try PseudoTerminal()
        #expect(symlink(second.path, link) == 0)
        #expect(eventually { writer.state == .returned })
        send(1900, to: writer)
        // 1250 µs is 5000 quarters: 08 27. Greeting and the last frame, nothing of 1900 µs.
        #expect(drain(second.master) == greeting + [0x84, 0, 0x08, 0x27])
        #expect(positions.withUnsafeMutableBufferPointer { writer.resume(into: $0) })
        #expect(positions == [radians(1250)])
        send(1251, to: writer)
        #expect(drain(second.master) == [0x84, 0, 0x0C, 0x27])
        writer.finish()
        let statistics = writer.statistics
        #expect(statistics.losses == 1 && statistics.returns == 1)
        #expect(statistics.framesDropped == 2)
        var events: [BusEvent] = []
        while let event = writer.nextEvent() { events.append(event) }
        #expect(events == [.opened, .lost(errno: EIO), .returned])
    }

    @Test func aPortThatIsNotThereIsAnErrorAtOnce() {
        #expect(throws: SerialPortError.self) {
            try BusWriter(name: "face", bus: bus) { () throws(SerialPortError) in
                try SerialPortOpener.open("/dev/ttyMien9")
            }
        }
    }
}
