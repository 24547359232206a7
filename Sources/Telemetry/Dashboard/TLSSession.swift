import COpenSSL
import Foundation
import Synchronization

/// A TLS client's side of one connection without the connection: bytes that come are put in, bytes to send come out.
///
/// The server's certificate must be signed by a known authority and made for the server's name; nothing switches that off.
final class TLSSession: Sendable {
    /// Why there is no secure line.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case unusable(what: String, reason: String)
        case refused(reason: String)

        var description: String {
            switch self {
            case .unusable(let what, let reason): "\(what) cannot be used: \(reason)"
            case .refused(let reason): "no secure line: \(reason)"
            }
        }
    }

    /// OpenSSL's objects; the session owns both buffers.
    private struct Parts {
        let session: OpaquePointer
        let arriving: OpaquePointer
        let leaving: OpaquePointer
    }

    private let parts: Mutex<Parts>

    /// - Parameter host: the server's name or address, as its certificate must have it.
    init(host: String, security: BrokerSecurity) throws(Failure) {
        parts = Mutex(try Self.makeParts(host, security))
    }

    private static func makeParts(_ host: String, _ security: BrokerSecurity) throws(Failure) -> sending Parts {
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Self.unusable("TLS") }
        // The session keeps what it needs of it.
        defer { SSL_CTX_free(context) }
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        let isTrusting =
            security.authorities.map { SSL_CTX_load_verify_locations(context, $0, nil) }
            ?? SSL_CTX_set_default_verify_paths(context)
        guard isTrusting == 1 else { throw Self.unusable("the certificate authorities") }
        if let certificate = security.certificate, let key = security.key {
            // A key with a password of its own gets none, instead of a question on the terminal.
            SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in 0 }
            guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1,
                SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1
            else { throw Self.unusable("the client certificate") }
        }
        guard let session = SSL_new(context), let arriving = BIO_new(BIO_s_mem()), let leaving = BIO_new(BIO_s_mem())
        else { throw Self.unusable("TLS") }
        SSL_set_bio(session, arriving, leaving)
        SSL_set_connect_state(session)
        let isAddress = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) == 1
        guard isAddress || SSL_set1_host(session, host) == 1 else { throw Self.unusable(host) }
        if !isAddress {
            var name = Array(host.utf8CString)
            SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name), &name)
        }
        ERR_clear_error()
        return Parts(session: session, arriving: arriving, leaving: leaving)
    }

    deinit { parts.withLock { SSL_free($0.session) } }

    /// Goes on with the handshake: what is to be sent, and whether that was all of it.
    func shakeHands() throws(Failure) -> (leaving: Data, isDone: Bool) {
        try parts.withLock { (parts) throws(Failure) in
            ERR_clear_error()
            let code = SSL_do_handshake(parts.session)
            if code != 1 { try Self.expectWaiting(parts, code) }
            return (Self.take(parts.leaving), code == 1)
        }
    }

    /// Takes bytes of the line, for whoever asks next.
    func put(_ bytes: some Collection<UInt8>) {
        parts.withLock { parts in
            _ = Array(bytes).withUnsafeBytes { BIO_write(parts.arriving, $0.baseAddress, Int32($0.count)) }
        }
    }

    /// What the bytes that came say; empty where more of them are needed, nil at the end.
    func open() throws(Failure) -> Data? {
        try parts.withLock { (parts) throws(Failure) in
            ERR_clear_error()
            var plain = Data()
            var buffer = [UInt8](repeating: 0, count: 16 << 10)
            while true {
                let count = SSL_read(parts.session, &buffer, Int32(buffer.count))
                guard count > 0 else {
                    if SSL_get_error(parts.session, count) == SSL_ERROR_ZERO_RETURN {
                        return plain.isEmpty ? nil : plain
                    }
                    try Self.expectWaiting(parts, count)
                    return plain
                }
                plain += buffer[..<Int(count)]
            }
        }
    }

    /// Bytes for the line that say this.
    func seal(_ plain: Data) throws(Failure) -> Data {
        try parts.withLock { (parts) throws(Failure) in
            ERR_clear_error()
            let count = plain.withUnsafeBytes {
                $0.isEmpty ? 1 : SSL_write(parts.session, $0.baseAddress, Int32($0.count))
            }
            if count <= 0 { try Self.expectWaiting(parts, count) }
            return Self.take(parts.leaving)
        }
    }

    /// Throws unless the session only waits for more bytes.
    private static func expectWaiting(_ parts: Parts, _ code: Int32) throws(Failure) {
        let state = SSL_get_error(parts.session, code)
        guard state != SSL_ERROR_WANT_READ, state != SSL_ERROR_WANT_WRITE else { return }
        let verdict = SSL_get_verify_result(parts.session)
        throw .refused(
            reason: verdict == Int(X509_V_OK) ? reason : String(cString: X509_verify_cert_error_string(verdict)))
    }

    private static func take(_ buffer: OpaquePointer) -> Data {
        var bytes = Data(count: BIO_ctrl_pending(buffer))
        let count = bytes.withUnsafeMutableBytes { $0.isEmpty ? 0 : BIO_read(buffer, $0.baseAddress, Int32($0.count)) }
        return bytes.prefix(Int(max(count, 0)))
    }

    private static func unusable(_ what: String) -> Failure { .unusable(what: what, reason: reason) }

    /// OpenSSL's newest complaint.
    private static var reason: String {
        ERR_reason_error_string(ERR_peek_last_error()).map { String(cString: $0) } ?? "no reason was given"
    }
}
