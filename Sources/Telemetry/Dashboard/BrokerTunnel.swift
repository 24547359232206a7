import FlyingFox
import FlyingSocks
import Foundation
import Glibc

/// The way from a page to the robot's broker through the dashboard's own port: the websocket's bytes go to the broker's
/// plain listener and back, unread. So a page needs no websocket listener, and a broker on loopback can be watched by whom
/// the dashboard lets in.
///
/// Both directions are drawn, never pushed: a slow browser slows the broker's line, and nothing piles up here.
struct BrokerTunnel: WSHandler {
    /// The broker's name cannot be resolved.
    struct UnknownHost: Error {
        let host: String
    }

    let host: String
    let port: Int
    /// How the broker is known, and who this is to it; nil where the line is not encrypted.
    let security: BrokerSecurity?
    let pool: any AsyncSocketPool

    /// The most bytes that a page may send at once; its commands are far smaller.
    private static let largestFrame = 64 << 10

    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        let line = Line(
            try await AsyncSocket.connected(to: try address(), pool: pool, timeout: 5),
            try security.map { try TLSSession(host: host, security: $0) })
        try await line.shakeHands()
        let upstream = Task {
            defer { line.hangUp() }
            for try await frame in client {
                guard frame.payload.count <= Self.largestFrame else { return }
                switch frame.opcode {
                case .binary, .continuation: try await line.write(frame.payload)
                case .ping, .pong: break
                default: return
                }
            }
        }
        return AsyncStream {
            guard let bytes = try? await line.read(), !bytes.isEmpty else {
                // The browser's line is closed after this: nobody may wait on it any more.
                upstream.cancel()
                _ = await upstream.result
                return nil
            }
            return WSFrame(fin: true, opcode: .binary, mask: nil, payload: bytes)
        }
    }

    /// The broker's first address.
    private func address() throws -> any SocketAddress {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found?.pointee.ai_addr else {
            throw UnknownHost(host: host)
        }
        defer { freeaddrinfo(found) }
        var storage = sockaddr_storage()
        let size = min(Int(found?.pointee.ai_addrlen ?? 0), MemoryLayout<sockaddr_storage>.size)
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: first, count: size))
        }
        return storage.ss_family == sa_family_t(AF_INET6)
            ? try sockaddr_in6.make(from: storage) : try sockaddr_in.make(from: storage)
    }

    /// The line to the broker; closed when nobody uses it any more, so that its number is not taken by another meanwhile.
    private final class Line: Sendable {
        private let socket: AsyncSocket
        private let session: TLSSession?

        init(_ socket: AsyncSocket, _ session: TLSSession?) {
            self.socket = socket
            self.session = session
        }

        /// Makes an encrypted line ready; a plain one is.
        func shakeHands() async throws {
            guard let session else { return }
            while true {
                let (bytes, isDone) = try session.shakeHands()
                if !bytes.isEmpty { try await socket.write(bytes) }
                if isDone { return }
                session.put(try await socket.read(atMost: 4096))
            }
        }

        func write(_ bytes: Data) async throws { try await socket.write(try session?.seal(bytes) ?? bytes) }

        /// The next bytes of the broker; none at the end.
        func read() async throws -> Data {
            guard let session else { return Data(try await socket.read(atMost: 4096)) }
            while true {
                guard let bytes = try session.open() else { return Data() }
                if !bytes.isEmpty { return bytes }
                session.put(try await socket.read(atMost: 4096))
            }
        }

        /// Ends it in both directions, which wakes whoever waits on it.
        func hangUp() { shutdown(socket.socket.file.rawValue, CInt(SHUT_RDWR)) }

        deinit { try? socket.close() }
    }
}
