import FaceKit
import Foundation
import Glibc
import Testing

@testable import Runtime
@testable import Telemetry

/// A broker that is killed with -9 again and again: 1,000 times with `MIEN_SOAK=1`, otherwise 10 times.
@Suite(.serialized) struct BrokerKillSoakTests {
    @Test func aBrokerThatIsKilledAgainAndAgainFindsTheRobotEachTime() throws {
        let kills = ProcessInfo.processInfo.environment["MIEN_SOAK"] == "1" ? 1000 : 10
        let broker = try TestBroker()
        let stand = try BridgeStand(broker.address)
        #expect(stand.until { stand.loop.isConnected && stand.loop.isQuiet })
        let random = CounterRandom(seed: 9, system: .test)
        let port = UInt16(broker.port)
        let sockets = Self.sockets(to: port)
        for kill in 0..<kills {
            broker.kill()
            #expect(stand.until { !stand.loop.isConnected })
            _ = stand.until(seconds: Double(random.uniform(frame: UInt32(kill), draw: 0)) * 0.2) { false }
            try broker.start()
            let watcher = stand.watcher(try broker.address)
            #expect(
                stand.until(watcher) {
                    watcher.last("mien/stand/availability") == "online" && watcher.last("mien/stand/state") != nil
                        && watcher.last("homeassistant/device/mien_stand/config") != nil
                })
        }
        #expect(stand.changes.count { $0 == nil } == kills + 1)
        // One socket left at each kill would be ten at least; other tests of this process may have dead ones for a moment.
        #expect(stand.until { Self.sockets(to: port) <= sockets + 5 })
    }

    /// Sockets of this process that lead to a port of this machine, and those that lead nowhere any more.
    private static func sockets(to port: UInt16) -> Int {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return descriptors.compactMap(CInt.init).count { descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
            }
            guard result == 0 else {
                var listens: CInt = 0
                var size = socklen_t(MemoryLayout<CInt>.size)
                return errno == ENOTCONN && getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0
                    && listens == 0
            }
            return address.sin_family == sa_family_t(AF_INET) && UInt16(bigEndian: address.sin_port) == port
        }
    }
}
