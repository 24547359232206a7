import COpenSSL

/// A running SHA-256 of a stream of bytes (libcrypto's EVP). Updating allocates nothing.
public struct ByteDigest: ~Copyable, @unchecked Sendable {  // nobody else holds its pointer
    private let context: OpaquePointer
    /// Bytes taken in so far.
    public private(set) var byteCount = 0

    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("libcrypto offers no SHA-256")  // or no memory is left: nothing can go on
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        byteCount += bytes.count
    }

    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// The digest of the bytes so far as 64 lower-case hexadecimal digits; the stream may go on afterwards.
    public var hexadecimal: String {
        guard let copy = EVP_MD_CTX_new() else { fatalError("out of memory") }  // nothing can go on
        defer { EVP_MD_CTX_free(copy) }
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_MD_CTX_copy_ex(copy, context)
        EVP_DigestFinal_ex(copy, &digest, nil)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
