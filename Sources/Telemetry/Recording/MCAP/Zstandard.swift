import CZstd

/// Zstandard frames (libzstd), at its default level.
enum Zstandard {
    /// What libzstd says is wrong.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    static func compressed(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        let bound = ZSTD_compressBound(bytes.count)
        var size = 0
        let result = [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            size = ZSTD_compress(buffer.baseAddress, bound, bytes, bytes.count, ZSTD_defaultCLevel())
            count = ZSTD_isError(size) == 0 ? size : 0
        }
        try check(size)
        return result
    }

    /// Decompresses one frame whose content is `count` bytes long; never writes more than that.
    static func decompressed(_ bytes: ArraySlice<UInt8>, count: Int) throws(Failure) -> [UInt8] {
        var size = 0
        let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            size = bytes.withUnsafeBytes { ZSTD_decompress(buffer.baseAddress, count, $0.baseAddress, $0.count) }
            written = ZSTD_isError(size) == 0 ? size : 0
        }
        try check(size)
        return result
    }

    private static func check(_ code: Int) throws(Failure) {
        guard ZSTD_isError(code) == 0 else { throw Failure(description: String(cString: ZSTD_getErrorName(code))) }
    }
}
