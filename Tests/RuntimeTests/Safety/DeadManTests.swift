import Actuation
import FaceKit
import Foundation
import Glibc
import Testing

@testable import Runtime

@Suite struct DeadManTests {
    private func pipe() -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        Glibc.pipe(&ends)
        return (ends[0], ends[1])
    }

    /// Whether the latch is pressed within half a minute; what it was pressed for before is taken first.
    private func isPressed(_ latch: StopLatch) -> EmergencyStop.Cause? {
        var stop = EmergencyStop()
        for _ in 0..<3000 {
            latch.update(&stop)
            if stop.isLatched { return stop.cause }
            usleep(10_000)
        }
        return nil
    }

    @Test func theEndOfTheDescriptorPressesTheStopAgainAndAgain() throws {
        let ends = pipe()
        defer { close(ends.read) }
        let latch = StopLatch()
        let watch = try DeadMan(descriptor: ends.read, stop: latch)
        var stop = EmergencyStop()
        usleep(100_000)
        latch.update(&stop)
        #expect(!stop.isLatched)
        close(ends.write)
        #expect(isPressed(latch) == .deadMan)
        latch.clearByOperator()
        #expect(isPressed(latch) == .deadMan)
        watch.finish()
    }

    @Test func silencePressesTheStopUntilBytesComeAgain() throws {
        let ends = pipe()
        defer {
            close(ends.read)
            close(ends.write)
        }
        let latch = StopLatch()
        let watch = try DeadMan(descriptor: ends.read, silence: 200_000_000, stop: latch)
        #expect(isPressed(latch) == .deadMan)
        // While bytes come the stop can be cleared, and stays so for longer than the longest silence; a machine that
        // keeps this thread from writing for that long makes it begin anew.
        var byte: UInt8 = 1
        var stop = EmergencyStop()
        var quiet = 0
        for _ in 0..<3000 where quiet < 40 {
            write(ends.write, &byte, 1)
            usleep(10_000)
            latch.update(&stop)
            quiet = stop.isLatched ? 0 : quiet + 1
            stop.clearByOperator()
        }
        #expect(quiet == 40)
        watch.finish()
    }

    @Test func aDescriptorThatIsNotOpenIsRefused() {
        #expect(throws: DeadMan.Failure.self) { try DeadMan(descriptor: 987, stop: StopLatch()) }
    }
}

@Suite struct SystemdNotifierTests {
    /// A datagram socket in systemd's place.
    private struct Listener {
        let path = NSTemporaryDirectory() + "mien-notify-\(UUID().uuidString.prefix(8))"
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)

        init() {
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { place in
                for (index, byte) in path.utf8.enumerated() { place[index] = byte }
            }
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }

        /// All that came.
        func take() -> [String] {
            var texts: [String] = []
            var bytes = [UInt8](repeating: 0, count: 256)
            while true {
                let count = recv(socket, &bytes, bytes.count, 0)
                guard count > 0 else { return texts }
                texts.append(String(decoding: bytes[..<count], as: UTF8.self))
            }
        }
    }

    @Test func signsOfLifeComeWithTheTicksAtHalfTheTimeThatSystemdWaits() throws {
        let listener = Listener()
        defer {
            close(listener.socket)
            unlink(listener.path)
        }
        let notifier = try #require(
            SystemdNotifier(environment: ["NOTIFY_SOCKET": listener.path, "WATCHDOG_USEC": "200000"]))
        notifier.ready()
        #expect(listener.take() == ["READY=1"])
        // A second of ticks: at 0, 0.1, … s.
        for tick in 0..<100 {
            notifier.tick(at: Nanoseconds(tick) * 10_000_000)
        }
        #expect(listener.take() == Array(repeating: "WATCHDOG=1", count: 10))
        #expect(listener.take().isEmpty)
        notifier.stopping()
        #expect(listener.take() == ["STOPPING=1"])
    }

    @Test func nobodyIsToldWithoutASocketAndNoLifeForAnotherProcess() throws {
        #expect(SystemdNotifier(environment: [:]) == nil)
        let listener = Listener()
        defer {
            close(listener.socket)
            unlink(listener.path)
        }
        let notifier = try #require(
            SystemdNotifier(
                environment: ["NOTIFY_SOCKET": listener.path, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"]))
        for tick in 0..<100 { notifier.tick(at: Nanoseconds(tick) * 10_000_000) }
        #expect(listener.take().isEmpty)
    }
}
