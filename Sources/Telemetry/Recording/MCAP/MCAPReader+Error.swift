import Glibc

extension MCAPReader {
    /// Why a file is refused, and where in it.
    public struct Error: Swift.Error, Equatable, Sendable, CustomStringConvertible {
        /// What is wrong.
        public enum Fault: Equatable, Sendable {
            case cannotRead(errno: Int32)
            case notMCAP
            /// The file ends, or a record does, before what should stand there.
            case short(in: String)
            case unexpected(found: String, expected: String)
            case checksum(of: String)
            case compression(String)
            case tooLarge(what: String, bytes: UInt64, limit: UInt64)
        }

        public let path: String
        /// Bytes from the file's start.
        public let offset: UInt64
        public let fault: Fault

        public var description: String {
            let place = "\(path), byte \(offset): "
            return switch fault {
            case .cannotRead(let code): "\(path) cannot be read: \(String(cString: strerror(code)))"
            case .notMCAP: "\(path) is no MCAP file: it does not begin with MCAP's magic bytes"
            case .short(let record): place + "\(record) is cut short"
            case .unexpected(let found, let expected): place + "found \(found), expected \(expected)"
            case .checksum(let what): place + "the checksum of \(what) is wrong: the file is damaged"
            case .compression(let name): place + "found the compression \"\(name.prefix(20))\", expected zstd or none"
            case .tooLarge(let what, let bytes, let limit):
                place + "\(what) of \(bytes) bytes, expected at most \(limit)"
            }
        }
    }
}
