/// What the bytes at the head of a buffer are.
public enum PacketVerdict: Equatable, Sendable {
    /// They may become a packet when more have come.
    case incomplete
    /// No packet begins with the first of them.
    case notAPacket
    /// The first so many are a packet with a right checksum.
    case packet(count: Int)
}

/// How a bus marks, measures and checks its packets.
public protocol PacketFormat: Sendable {
    /// The longest packet that is believed, bytes.
    var longest: Int { get }
    /// Judges the bytes at the head of a buffer.
    func examine(_ bytes: UnsafeBufferPointer<UInt8>) -> PacketVerdict
}

/// Finds packets in a stream of bytes. Whatever comes, it neither fails nor grows: it holds at most one packet's bytes,
/// and a false beginning costs only its first byte, so the first whole packet after garbage is found.
public struct PacketFramer<Format: PacketFormat>: Sendable {
    private let format: Format
    private var bytes: [UInt8] = []
    /// Bytes that belonged to no packet.
    public private(set) var strayBytes = 0

    public init(_ format: Format) {
        self.format = format
        bytes.reserveCapacity(format.longest)
    }

    /// Forgets half a packet.
    public mutating func reset() { bytes.removeAll(keepingCapacity: true) }

    /// Takes one byte, and gives each packet that it completed.
    public mutating func receive(_ byte: UInt8, _ packet: (UnsafeBufferPointer<UInt8>) -> Void) {
        bytes.append(byte)
        var start = 0
        bytes.withUnsafeBufferPointer { all in
            while start < all.count {
                let rest = UnsafeBufferPointer(rebasing: all[start...])
                switch format.examine(rest) {
                case .packet(let count):
                    packet(UnsafeBufferPointer(rebasing: rest[..<count]))
                    start += count
                case .incomplete where rest.count < format.longest:
                    return
                case .incomplete, .notAPacket:
                    start += 1
                    strayBytes += 1
                }
            }
        }
        if start > 0 { bytes.removeSubrange(..<start) }
    }
}
