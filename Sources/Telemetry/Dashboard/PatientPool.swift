import FlyingSocks
import Foundation
import Synchronization

/// A pool of sockets that lets none wait for ever, and not too many at once: FlyingFox itself bounds neither.
struct PatientPool<Base: AsyncSocketPool>: AsyncSocketPool {
    private final class Count: Sendable {
        let waiting = Atomic(0)
    }

    let base: Base
    /// Seconds that a browser may be silent.
    let patience: Double
    /// Connections that may wait at once.
    let most: Int
    private let count = Count()

    init(_ base: Base, patience: Double = 20, most: Int = 64) {
        self.base = base
        self.patience = patience
        self.most = most
    }

    func prepare() async throws { try await base.prepare() }
    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        // The listening socket waits for connections as long as it takes.
        guard (try? socket.remotePeer()) != nil else {
            return try await base.suspendSocket(socket, untilReadyFor: events)
        }
        let waiting = count.waiting.add(1, ordering: .relaxed).newValue
        defer { count.waiting.subtract(1, ordering: .relaxed) }
        guard waiting <= most else { throw SocketError.disconnected }
        try await withThrowingTaskGroup { group in
            group.addTask { try await base.suspendSocket(socket, untilReadyFor: events) }
            group.addTask {
                try await Task.sleep(for: .seconds(patience))
                throw SocketError.disconnected
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
