import Glibc

/// A try whether a TCP port opens at one of a host's addresses, without waiting for it.
final class PortProbe {
    private(set) var descriptor: CInt = -1
    private var failure: BrokerLoss
    private var candidates: ArraySlice<Candidate>
    private let deadline: Int
    private static let patience = 1

    private struct Candidate {
        let family: CInt
        let address: [UInt8]
    }

    /// Looks the host's name up, which may wait, and begins to connect, which does not.
    init(host: String, port: Int) {
        deadline = Self.now + Self.patience
        failure = .unreachable("\(host) has no address")
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { if found != nil { freeaddrinfo(found) } }
        if code != 0 { failure = .unreachable("\(host): \(String(cString: gai_strerror(code)))") }
        var all: [Candidate] = []
        var next = found
        while let address = next?.pointee {
            all.append(
                Candidate(
                    family: address.ai_family,
                    address: Array(UnsafeRawBufferPointer(start: address.ai_addr, count: Int(address.ai_addrlen)))))
            next = address.ai_next
        }
        candidates = all[...]
        tryNext()
    }

    deinit { close() }

    private func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func tryNext() {
        close()
        while let candidate = candidates.popFirst() {
            let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
            let made = socket(candidate.family, kind, 0)
            let isGoing =
                made >= 0
                && candidate.address.withUnsafeBytes { bytes in
                    guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
                    return Glibc.connect(made, address, socklen_t(bytes.count)) == 0 || errno == EINPROGRESS
                }
            if isGoing {
                descriptor = made
                return
            }
            failure = .unreachable(String(cString: strerror(errno)))
            if made >= 0 { Glibc.close(made) }
        }
    }

    /// How it ended, nil while it has not.
    func result() -> Result<Void, BrokerLoss>? {
        while descriptor >= 0 {
            var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&interest, 1, 0) > 0 else {
                return Self.now > deadline ? .failure(.unreachable("no answer within \(Self.patience) s")) : nil
            }
            var problem: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size)
            if problem == 0 { return .success(()) }
            failure = .unreachable(String(cString: strerror(problem)))
            tryNext()
        }
        return .failure(failure)
    }

    /// Whole seconds of the monotonic clock.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec
    }
}
