import FaceKit

/// One way of speaking about a robot on a broker: Mien's own topics, Homie's or Sparkplug's. Each has a connection of its
/// own, for a connection has one last will.
protocol BrokerDialect: AnyObject {
    /// What is added to the client's name.
    var suffix: String { get }
    /// What the broker says when the robot is gone; asked before each connection.
    func makeWill() -> BrokerMessage
    /// Called when the broker is connected, before anything else is said.
    func connected(_ link: BrokerLink, at now: Nanoseconds)
    /// Called again and again while it is.
    func speak(_ link: BrokerLink, at now: Nanoseconds)
    /// When it has something to say next; `.min` for at once.
    var deadline: Nanoseconds { get }
    func take(_ message: BrokerMessage, _ link: BrokerLink, at now: Nanoseconds)
    /// What is said before the robot goes on purpose.
    func sayGoodbye(_ link: BrokerLink)
}
