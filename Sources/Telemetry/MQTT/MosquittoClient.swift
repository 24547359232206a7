import CMosquitto
import Glibc

/// A broker's client over libmosquitto, without its threads: the owner's thread turns it.
///
/// libmosquitto's own connect may block for minutes on a network that swallows packets, and its connect that does not
/// block cannot bound what the broker sends. So a socket of our own first tries, for a second at most, whether the
/// broker's port opens.
final class MosquittoClient: BrokerClient {
    private let address: BrokerAddress
    private let security: BrokerSecurity
    private let clientID: String
    private var handle: OpaquePointer?
    private let inbox = Inbox()
    private var version = BrokerProtocol.five
    private var probe: PortProbe?
    private var will: BrokerMessage?
    private var hasAnswered = false

    /// Seconds of silence after which the broker is asked whether it is there; twice that and it is taken for lost.
    static let keepalive: CInt = 5
    /// The longest packet that a broker may send, which an MQTT 5 broker keeps to.
    static let longestPacket: UInt32 = 256 << 10

    private static let library: Void = {
        mosquitto_lib_init()
    }()

    init(address: BrokerAddress, security: BrokerSecurity, clientID: String) {
        _ = Self.library
        self.address = address
        self.security = security
        self.clientID = clientID
    }

    deinit { abandon() }

    // MARK: Opening and closing

    func open(speaking version: BrokerProtocol, will: BrokerMessage) {
        abandon()
        self.version = version
        self.will = will
        hasAnswered = false
        probe = PortProbe(host: address.host, port: address.port)
    }

    /// Called when the port is known to open.
    private func connect() {
        guard let will, let made = mosquitto_new(clientID, true, Unmanaged.passUnretained(inbox).toOpaque()) else {
            return fail(.unreachable("out of memory"))
        }
        handle = made
        setCallbacks(made)
        mosquitto_int_option(
            made, MOSQ_OPT_PROTOCOL_VERSION, CInt(version == .five ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311))
        mosquitto_int_option(made, MOSQ_OPT_TCP_NODELAY, 1)
        mosquitto_will_set(
            made, will.topic, CInt(will.payload.count), will.payload, CInt(will.quality), will.isRetained)
        if security.user != nil || security.password != nil {
            mosquitto_username_pw_set(made, security.user, security.password)
        }
        if address.isEncrypted, let problem = security.apply(to: made) { return fail(.security(problem)) }
        var properties: OpaquePointer?
        if version == .five {
            mosquitto_property_add_int32(&properties, CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), Self.longestPacket)
        }
        defer { mosquitto_property_free_all(&properties) }
        let code = mosquitto_connect_bind_v5(
            made, address.host, CInt(address.port), Self.keepalive, nil, properties)
        if code != MOSQ_ERR_SUCCESS.code { fail(loss(of: code)) }
    }

    func close() {
        probe = nil
        guard let handle else { return }
        mosquitto_disconnect(handle)
        // What is written at once is on its way; a broker that takes nothing more gets the will instead.
        _ = mosquitto_loop(handle, 0, 1)
        destroy()
    }

    func abandon() {
        probe = nil
        destroy()
    }

    private func destroy() {
        if let handle { mosquitto_destroy(handle) }
        handle = nil
        inbox.events = []
        inbox.unacknowledged = []
    }

    private func fail(_ loss: BrokerLoss) {
        destroy()
        probe = nil
        inbox.events.append(.lost(loss))
    }

    // MARK: Turning

    func turn() -> [BrokerEvent] {
        if let probe {
            switch probe.result() {
            case nil: return []
            case .failure(let loss)?: fail(loss)
            case .success?:
                self.probe = nil
                connect()
            }
        }
        if let handle {
            // More than one packet may wait; a flood is taken in portions, so that everything else has its turn.
            for _ in 0..<64 {
                let code = mosquitto_loop(handle, 0, 1)
                if code != MOSQ_ERR_SUCCESS.code {
                    let loss = inbox.loss ?? loss(of: code)
                    let events = inbox.take()
                    fail(loss)
                    return events + inbox.take()
                }
                if let loss = inbox.loss {
                    let events = inbox.take()
                    fail(loss)
                    return events + inbox.take()
                }
                if !isReadable(handle) { break }
            }
        }
        let events = inbox.take()
        if events.contains(.connected) {
            hasAnswered = true
            limitSendBuffer()
        }
        return events
    }

    private func isReadable(_ handle: OpaquePointer) -> Bool {
        var interest = pollfd(fd: mosquitto_socket(handle), events: Int16(POLLIN), revents: 0)
        return interest.fd >= 0 && poll(&interest, 1, 0) > 0
    }

    /// A broker that takes nothing is noticed after some seconds of telemetry, not after megabytes.
    private func limitSendBuffer() {
        guard let handle else { return }
        var size: CInt = 128 << 10
        setsockopt(mosquitto_socket(handle), SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    }

    private func loss(of code: CInt) -> BrokerLoss {
        let cause = errno
        let reason =
            code == MOSQ_ERR_ERRNO.code ? String(cString: strerror(cause)) : String(cString: mosquitto_strerror(code))
        switch code {
        case MOSQ_ERR_TLS.code, MOSQ_ERR_TLS_HANDSHAKE.code: return .security(inbox.complaint ?? reason)
        case MOSQ_ERR_CONN_LOST.code where !hasAnswered && version == .five && !address.isEncrypted:
            return .wrongVersion
        case MOSQ_ERR_CONN_LOST.code where !hasAnswered && address.isEncrypted:
            return inbox.complaint.map { .security($0) } ?? .wrongVersion
        case MOSQ_ERR_ERRNO.code where cause == EPROTO && !hasAnswered && address.isEncrypted:
            // In TLS 1.3 a broker refuses a client's certificate after the client has taken the handshake for done.
            return .security(inbox.complaint ?? "the broker broke off, as it does where it misses a client certificate")
        case MOSQ_ERR_CONN_REFUSED.code, MOSQ_ERR_EAI.code: return .unreachable(reason)
        case MOSQ_ERR_KEEPALIVE.code: return .closed("it does not answer")
        default: return .closed(reason)
        }
    }

    // MARK: Messages

    var isCongested: Bool { handle.map { mosquitto_want_write($0) } ?? true }

    var unacknowledged: Int { inbox.unacknowledged.count }

    @discardableResult func publish(_ message: BrokerMessage) -> Bool {
        guard let handle else { return false }
        var properties: OpaquePointer?
        if version == .five {
            if let type = message.contentType {
                mosquitto_property_add_string(&properties, CInt(MQTT_PROP_CONTENT_TYPE.rawValue), type)
            }
            if let correlation = message.correlation {
                mosquitto_property_add_binary(
                    &properties, CInt(MQTT_PROP_CORRELATION_DATA.rawValue), correlation, UInt16(correlation.count))
            }
        }
        defer { mosquitto_property_free_all(&properties) }
        var identifier: CInt = 0
        let code = mosquitto_publish_v5(
            handle, &identifier, message.topic, CInt(message.payload.count), message.payload, CInt(message.quality),
            message.isRetained, properties)
        if code == MOSQ_ERR_SUCCESS.code, message.quality > 0 { inbox.unacknowledged.insert(identifier) }
        return code == MOSQ_ERR_SUCCESS.code
    }

    func subscribe(_ filter: String, quality: Int, retained: RetainedWish) {
        guard let handle else { return }
        var options: CInt = 0
        if version == .five, retained == .unwanted {
            options = CInt(MQTT_SUB_OPT_SEND_RETAIN_NEVER.rawValue | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED.rawValue)
        }
        mosquitto_subscribe_v5(handle, nil, filter, CInt(quality), options, nil)
    }

    var interest: (descriptor: Int32, writes: Bool)? {
        if let probe { return (probe.descriptor, true) }
        guard let handle else { return nil }
        let descriptor = mosquitto_socket(handle)
        return descriptor < 0 ? nil : (descriptor, mosquitto_want_write(handle))
    }

    // MARK: Callbacks

    /// What the callbacks leave for the turn that called them. All on one thread.
    private final class Inbox {
        var events: [BrokerEvent] = []
        var unacknowledged: Set<CInt> = []
        /// Why the connection ended, as far as a callback heard.
        var loss: BrokerLoss?
        /// The library's last complaint in words.
        var complaint: String?

        func take() -> [BrokerEvent] {
            defer {
                events = []
                loss = nil
            }
            return events
        }

        static func of(_ object: UnsafeMutableRawPointer?) -> Inbox? {
            object.map { Unmanaged<Inbox>.fromOpaque($0).takeUnretainedValue() }
        }
    }

    private func setCallbacks(_ handle: OpaquePointer) {
        mosquitto_connect_v5_callback_set(handle) { _, object, code, _, _ in
            guard let inbox = Inbox.of(object) else { return }
            switch code {
            case 0: inbox.events.append(.connected)
            case 1, CInt(MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION.rawValue): inbox.loss = .wrongVersion
            default: inbox.loss = .refused(MosquittoClient.refusal(code))
            }
        }
        mosquitto_disconnect_v5_callback_set(handle) { _, object, code, _ in
            guard let inbox = Inbox.of(object), inbox.loss == nil else { return }
            if code == CInt(MQTT_RC_SESSION_TAKEN_OVER.rawValue) { inbox.loss = .takenOver }
        }
        mosquitto_publish_v5_callback_set(handle) { _, object, identifier, _, _ in
            Inbox.of(object)?.unacknowledged.remove(identifier)
        }
        mosquitto_message_v5_callback_set(handle) { _, object, message, properties in
            guard let inbox = Inbox.of(object), let message = message?.pointee else { return }
            inbox.events.append(.message(BrokerMessage(message, properties)))
        }
        mosquitto_log_callback_set(handle) { _, object, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            // "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed" ends with what matters.
            let complaint = String(cString: text)
            Inbox.of(object)?.complaint = complaint.split(separator: "::").last.map(String.init) ?? complaint
        }
    }

    private static func refusal(_ code: CInt) -> String {
        // Codes below 128 are those of MQTT 3.1.1.
        String(cString: code < 128 ? mosquitto_connack_string(code) : mosquitto_reason_string(code))
    }
}

extension mosq_err_t {
    var code: CInt { CInt(rawValue) }
}

extension BrokerMessage {
    /// A received message. Topics come checked by the library; a payload is any bytes.
    fileprivate init(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        let bytes = UnsafeRawBufferPointer(start: message.payload, count: Int(max(message.payloadlen, 0)))
        self.init(
            message.topic.map { String(cString: $0) } ?? "", Array(bytes), quality: Int(message.qos),
            isRetained: message.retain)
        guard let properties else { return }
        var text: UnsafeMutablePointer<CChar>?
        if mosquitto_property_read_string(properties, CInt(MQTT_PROP_RESPONSE_TOPIC.rawValue), &text, false) != nil,
            let text
        {
            responseTopic = String(cString: text)
            free(text)
        }
        var data: UnsafeMutableRawPointer?
        var length: UInt16 = 0
        if mosquitto_property_read_binary(
            properties, CInt(MQTT_PROP_CORRELATION_DATA.rawValue), &data, &length, false) != nil
        {
            correlation = Array(UnsafeRawBufferPointer(start: data, count: Int(length)))
            free(data)
        }
    }
}
