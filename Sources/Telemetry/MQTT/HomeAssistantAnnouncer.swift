import FaceKit

/// Tells Home Assistant what a robot has: one retained device payload, said again when Home Assistant starts.
final class HomeAssistantAnnouncer {
    private let root: String
    private var due: Nanoseconds?
    private var spreadWanted = false
    /// Which actuators have said their temperature when the device was announced.
    private var announced: [String] = []

    static let statusTopic = "homeassistant/status"
    /// Seconds over which robots that hear of a start together spread their announcements.
    static let spread = 3.0

    init(root: String) { self.root = root }

    static func topic(root: String) -> String {
        "homeassistant/device/mien_\(root.dropFirst("mien/".count))/config"
    }

    func connected(_ link: BrokerLink, _ feed: any RobotFeed) {
        link.subscribe(Self.statusTopic, quality: 0)
        due = nil
        spreadWanted = false
        announce(link, feed)
    }

    /// Takes Home Assistant's own word; false when the message is none.
    func take(_ message: BrokerMessage, at now: Nanoseconds) -> Bool {
        guard message.topic == Self.statusTopic else { return false }
        // A retained one is from a start that is past: the device was announced when the broker was connected.
        if message.text == "online", !message.isRetained { spreadWanted = true }
        return true
    }

    func speak(_ link: BrokerLink, _ feed: any RobotFeed, at now: Nanoseconds) {
        if spreadWanted {
            spreadWanted = false
            if due == nil { due = now + Nanoseconds(link.uniform() * Self.spread * 1e9) }
        }
        if let due, now >= due {
            self.due = nil
            announce(link, feed)
        } else if feed.payload(of: .temperatures)?.keys ?? [] != announced {
            announce(link, feed)
        }
    }

    private func announce(_ link: BrokerLink, _ feed: any RobotFeed) {
        announced = feed.payload(of: .temperatures)?.keys ?? []
        let device = HomeAssistantDevice(
            identity: feed.identity, warm: announced.filter { $0 != "t_s" })
        link.publish(
            BrokerMessage(Self.topic(root: root), device.payload.json, quality: 1, isRetained: true))
    }
}
