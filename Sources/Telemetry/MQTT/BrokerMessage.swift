/// A message to or from a broker.
public struct BrokerMessage: Sendable, Equatable {
    public var topic: String
    public var payload: [UInt8]
    public var quality: Int
    public var isRetained: Bool
    /// Where an answer is wanted, and what it must carry (MQTT 5).
    public var responseTopic: String?
    public var correlation: [UInt8]?
    /// What the payload is, as a media type (MQTT 5).
    public var contentType: String?

    public init(
        _ topic: String, _ payload: [UInt8], quality: Int = 0, isRetained: Bool = false, responseTopic: String? = nil,
        correlation: [UInt8]? = nil, contentType: String? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.quality = quality
        self.isRetained = isRetained
        self.responseTopic = responseTopic
        self.correlation = correlation
        self.contentType = contentType
    }

    /// The payload as text, where it is UTF-8.
    public var text: String? { String(validating: payload, as: UTF8.self) }
}

/// What happened to a connection since it was turned last.
public enum BrokerEvent: Sendable, Equatable {
    case connected
    case message(BrokerMessage)
    case lost(BrokerLoss)
}

/// Why a broker is not connected.
public enum BrokerLoss: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nobody listens there, or nobody answered in time.
    case unreachable(String)
    /// The broker does not speak this version of MQTT, or went away when it was spoken.
    case wrongVersion
    /// The broker refused: bad password, not authorised, banned.
    case refused(String)
    /// The certificate, or what was said before MQTT, was not right.
    case security(String)
    /// Somebody else took this client's name.
    case takenOver
    case closed(String)

    public var description: String {
        switch self {
        case .unreachable(let reason): "the broker cannot be reached: \(reason)"
        case .wrongVersion: "the broker does not speak this version of MQTT"
        case .refused(let reason): "the broker refused the connection: \(reason)"
        case .security(let reason): "the connection to the broker is not safe: \(reason)"
        case .takenOver: "another client took this robot's name on the broker; do two controllers run as one robot?"
        case .closed(let reason): "the broker is gone: \(reason)"
        }
    }
}

/// The version of MQTT that is spoken.
public enum BrokerProtocol: String, Sendable {
    case five = "5"
    case three = "3.1.1"
}

/// A connection to a broker, turned by the one thread that owns it.
public protocol BrokerClient: AnyObject {
    /// Begins to connect; what comes of it is an event. Returns at once but for the look-up of the broker's name.
    func open(speaking version: BrokerProtocol, will: BrokerMessage)
    /// Reads and writes what can be without waiting, and says what happened.
    func turn() -> [BrokerEvent]
    /// Hands a message over; false when the connection is gone.
    @discardableResult func publish(_ message: BrokerMessage) -> Bool
    func subscribe(_ filter: String, quality: Int, retained: RetainedWish)
    /// Whether earlier messages still wait for the wire: telemetry should be left out.
    var isCongested: Bool { get }
    /// Messages of quality 1 that the broker has not acknowledged.
    var unacknowledged: Int { get }
    /// Says goodbye, so that the will is not published, and closes.
    func close()
    /// Closes without a word, so that the will is published.
    func abandon()
    /// What to wait for, nil without a socket.
    var interest: (descriptor: Int32, writes: Bool)? { get }
}

/// Whether the messages that a topic retains are wanted.
public enum RetainedWish: Sendable {
    case wanted
    /// A retained message is not sent when one subscribes, and one that is published as such is marked (MQTT 5).
    case unwanted
}
