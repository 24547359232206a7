import Glibc

/// Where a writer's bytes go.
public protocol RecordingStore: ~Copyable {
    /// Writes all bytes at a place.
    mutating func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(RecordingError)
    /// Cuts off what stands behind a place.
    mutating func cut(at offset: UInt64)
}

/// Why a recording cannot be written; `code` is the system's error number.
public struct RecordingError: Error, Equatable, Sendable, CustomStringConvertible {
    public let path: String
    public let code: Int32

    public init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    public var description: String { "\(path) cannot be written: \(String(cString: strerror(code)))" }
}

/// A recording on a disk. It replaces a file of that name.
public struct RecordingFile: RecordingStore, ~Copyable {
    let path: String
    private let descriptor: Int32

    public init(path: String) throws(RecordingError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw RecordingError(path: path, code: errno) }
    }

    deinit { close(descriptor) }

    public func write(_ bytes: ArraySlice<UInt8>, at offset: UInt64) throws(RecordingError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(offset) + off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw RecordingError(path: path, code: count < 0 ? errno : ENOSPC) }
            done += count
        }
    }

    public func cut(at offset: UInt64) { ftruncate(descriptor, off_t(offset)) }
}
