import CMosquitto
import Foundation

/// Who a client is to a broker, and how it knows the broker. Passwords come from a file or the environment alone.
public struct BrokerSecurity: Sendable, Equatable {
    public var user: String?
    /// Never shown, never logged.
    var password: String?
    /// PEM file of the authorities that may have signed the broker's certificate; nil for those of the system.
    public var authorities: String?
    /// PEM files of this client's own certificate and key.
    public var certificate: String?
    public var key: String?

    /// What is wrong with what the user gave.
    public enum Problem: Error, Equatable, CustomStringConvertible {
        case unreadable(file: String, what: String)
        case emptyPassword(file: String)
        /// Others on this machine may read the password.
        case open(file: String)
        case incomplete

        public var description: String {
            switch self {
            case .unreadable(let file, let what): "\(file): \(what) cannot be read"
            case .emptyPassword(let file): "\(file): found no password, expected one on the first line"
            case .open(let file): "\(file): others may read the password, expected mode 600 (chmod 600 \(file))"
            case .incomplete: "a client certificate needs its key and a key its certificate, found one of them"
            }
        }
    }

    public init() {}

    /// - Parameters:
    ///   - passwordFile: its first line is the password; without it, `MIEN_MQTT_PASSWORD` is.
    ///   - user: `MIEN_MQTT_USER` where it is nil.
    public init(
        user: String?, passwordFile: String?, authorities: String?, certificate: String?, key: String?,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Problem) {
        self.user = user ?? environment["MIEN_MQTT_USER"]
        password = environment["MIEN_MQTT_PASSWORD"]
        if let passwordFile { password = try Self.password(in: passwordFile) }
        guard (certificate == nil) == (key == nil) else { throw .incomplete }
        for (file, what) in [
            (authorities, "the certificate authorities"), (certificate, "the certificate"), (key, "the key"),
        ] {
            if let file, access(file, R_OK) != 0 { throw .unreadable(file: file, what: what) }
        }
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }

    /// The first line of a file that nobody else may read.
    public static func password(in file: String) throws(Problem) -> String {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw .unreadable(file: file, what: "the password")
        }
        var facts = stat()
        if stat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_mode & 0o077 != 0 {
            throw .open(file: file)
        }
        let line = text.prefix { !$0.isNewline }
        guard !line.isEmpty else { throw .emptyPassword(file: file) }
        return String(line)
    }

    /// Makes a client encrypt and check the broker's name; returns what the library says when it cannot.
    func apply(to handle: OpaquePointer) -> String? {
        var code: CInt
        if authorities == nil {
            code = mosquitto_int_option(handle, MOSQ_OPT_TLS_USE_OS_CERTS, 1)
            guard code == MOSQ_ERR_SUCCESS.code else { return String(cString: mosquitto_strerror(code)) }
        }
        if authorities != nil || certificate != nil {
            // A key with a password of its own gets none, instead of a question on the terminal.
            code = mosquitto_tls_set(
                handle, authorities, authorities == nil ? "/etc/ssl/certs" : nil, certificate, key, { _, _, _, _ in 0 })
            guard code == MOSQ_ERR_SUCCESS.code else { return String(cString: mosquitto_strerror(code)) }
        }
        code = mosquitto_tls_opts_set(handle, 1, nil, nil)
        return code == MOSQ_ERR_SUCCESS.code ? nil : String(cString: mosquitto_strerror(code))
    }
}
