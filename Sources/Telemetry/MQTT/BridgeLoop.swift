import FaceKit
import Glibc

/// All connections of one robot to its broker, turned by one thread: Mien's own topics, and Homie and Sparkplug where
/// they were asked for.
public final class BridgeLoop {
    private let feed: any RobotFeed
    private let links: [BrokerLink]

    /// - Parameter onChange: called when the broker is lost, with why, and with nil when it is there (again).
    public convenience init(
        feed: any RobotFeed, address: BrokerAddress, security: BrokerSecurity, options: BridgeOptions,
        onChange: @escaping (BrokerLoss?) -> Void = { _ in }
    ) {
        self.init(feed: feed, options: options, onChange: onChange) { suffix in
            MosquittoClient(address: address, security: security, clientID: "mien-\(feed.identity.id)\(suffix)")
        }
    }

    init(
        feed: any RobotFeed, options: BridgeOptions, onChange: @escaping (BrokerLoss?) -> Void,
        makeClient: (_ suffix: String) -> any BrokerClient
    ) {
        self.feed = feed
        var dialects: [any BrokerDialect] = [MienDialect(feed: feed, options: options)]
        if options.homie { dialects.append(HomieDialect(feed: feed)) }
        if options.sparkplug { dialects.append(SparkplugDialect(feed: feed, group: options.sparkplugGroup)) }
        // Robots that start together with one seed still differ in their names.
        let seed = feed.identity.id.utf8.reduce(options.seed &+ 0xCBF2_9CE4_8422_2325) { hash, byte in
            (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        links = dialects.enumerated().map { index, dialect in
            BrokerLink(client: makeClient(dialect.suffix), dialect: dialect, seed: seed &+ UInt64(index))
        }
        links.first?.onChange = onChange
    }

    /// What to wait for with `poll`.
    public var interests: [pollfd] {
        links.compactMap(\.interest).map { interest in
            pollfd(fd: interest.descriptor, events: Int16(POLLIN) | (interest.writes ? Int16(POLLOUT) : 0), revents: 0)
        }
    }

    /// When it wants to be turned again, if nothing comes before.
    public var deadline: Nanoseconds { links.map(\.deadline).min() ?? .max }

    /// Does what is to be done now, without waiting.
    public func turn(at now: Nanoseconds) {
        feed.refresh(at: now)
        for link in links { link.turn(at: now) }
    }

    /// Whether the broker is there.
    public var isConnected: Bool { links.allSatisfy(\.isConnected) }

    /// What went over Mien's own connection.
    public var counts: BrokerCounts { links.first?.counts ?? BrokerCounts() }

    /// Says goodbye; to be turned until `isQuiet`, or as long as one likes to wait, and then closed.
    public func sayGoodbye() {
        for link in links { link.sayGoodbye() }
    }

    /// Whether all that was said has arrived.
    public var isQuiet: Bool { links.allSatisfy { !$0.isConnected || $0.isQuiet } }

    public func close() {
        for link in links { link.close() }
    }
}
