import FaceKit
import Glibc

/// Takes away all that a robot has had its broker retain, so that neither the broker nor Home Assistant nor a Homie
/// controller knows it any more.
public struct RetainedEraser {
    private let address: BrokerAddress
    private let security: BrokerSecurity

    public init(address: BrokerAddress, security: BrokerSecurity) {
        self.address = address
        self.security = security
    }

    /// The topics that are emptied for a robot of a name.
    public static func topics(robot name: String) -> [String] {
        HomieDialect.retainedTopics(name: name)
            + MienDialect.retainedTopics(root: "mien/\(RobotIdentity.id(of: name))")
    }

    /// Empties them; throws why the broker could not be told.
    public func erase(robot name: String, patience: Double = 10) throws(BrokerLoss) {
        let client = MosquittoClient(
            address: address, security: security, clientID: "mien-forget-\(RobotIdentity.id(of: name))")
        let clock = SystemClock()
        let deadline = clock.now() + Nanoseconds(patience * 1e9)
        var version = BrokerProtocol.five
        var isAsked = false
        let nothing = BrokerMessage("mien/\(RobotIdentity.id(of: name))/forget", [])
        client.open(speaking: version, will: nothing)
        while clock.now() < deadline {
            for event in client.turn() {
                switch event {
                case .connected:
                    for topic in Self.topics(robot: name) {
                        client.publish(BrokerMessage(topic, [], quality: 1, isRetained: true))
                    }
                    isAsked = true
                case .lost(.wrongVersion) where version == .five:
                    version = .three
                    client.open(speaking: version, will: nothing)
                case .lost(let loss): throw loss
                case .message: break
                }
            }
            if isAsked, client.unacknowledged == 0, !client.isCongested { return client.close() }
            usleep(2000)
        }
        throw .unreachable("no answer within \(Int(patience)) s")
    }
}
