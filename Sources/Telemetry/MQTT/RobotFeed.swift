import FaceKit

/// Who a robot is on a broker.
public struct RobotIdentity: Sendable {
    /// Its name as people know it.
    public var name: String
    /// The name in its robot file.
    public var type: String
    public var version: String
    /// Gestures that it knows, in the order to show.
    public var gestures: [String] = []
    /// The verbs that it takes from a broker.
    public var verbs: Set<String> = []

    public init(name: String, type: String, version: String) {
        self.name = name
        self.type = type
        self.version = version
    }

    /// The name as it stands in topics and identifiers: letters, digits, `-` and `_`.
    public var id: String { Self.id(of: name) }

    public static func id(of name: String) -> String {
        let bytes = name.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): byte
            default: UInt8(ascii: "_")
            }
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    /// The level above all that this robot says: `mien/<robot-id>`.
    public var root: String { "mien/\(id)" }
}

/// Something that happened, on its way to a broker.
public struct RobotNote: Sendable {
    /// `Topic.event` or `Topic.log`.
    public var topic: Topic
    public var payload: Payload

    public init(_ topic: Topic, _ payload: Payload) {
        self.topic = topic
        self.payload = payload
    }
}

/// What a bridge shows of a robot and asks of it; called by the bridge's thread alone.
public protocol RobotFeed: AnyObject {
    var identity: RobotIdentity { get }

    /// Brings what is shown up to date, and delivers the answers that have come.
    func refresh(at now: Nanoseconds)

    /// What a topic says just now, nil while nothing is known.
    func payload(of topic: Topic) -> Payload?

    /// What happened since the last call, and how much more was dropped.
    func takeNotes() -> (notes: [RobotNote], dropped: Int)

    /// Performs a command from its JSON payload; `answer` is called on the bridge's thread, at once or in a later
    /// `refresh`, and says whether it was refused.
    func perform(_ verb: String, payload: [UInt8], answer: @escaping (_ answer: Payload, _ isRefused: Bool) -> Void)

    /// Takes a person's face; false when it is malformed.
    func takePerson(_ payload: [UInt8]) -> Bool
}
