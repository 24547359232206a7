/// Where the answer to a command goes: to the verb's own topic and, if the request names one that may be written to, to
/// its response topic, with its correlation data.
struct CommandReply {
    private let topics: [String]
    private let correlation: [UInt8]?

    /// Levels that other robots or programs act upon: a stranger must not have this robot write there.
    private static let foreign = ["$", "mien/", "homeassistant/", "homie/", "spBv1.0/"]

    init(verb: String, root: String, request: BrokerMessage) {
        correlation = request.correlation
        var topics = ["\(root)/command/\(verb)/result"]
        if let wanted = request.responseTopic, Self.isAllowed(wanted, root: root) { topics.append(wanted) }
        self.topics = topics
    }

    static func isAllowed(_ topic: String, root: String) -> Bool {
        guard !topic.isEmpty, !topic.contains("+"), !topic.contains("#"), topic.utf8.count <= 1000 else { return false }
        return topic.hasPrefix(root + "/response/") || !foreign.contains { topic.hasPrefix($0) }
    }

    func send(_ answer: Payload, _ link: BrokerLink) {
        let bytes = answer.json
        for topic in topics { link.publish(BrokerMessage(topic, bytes, correlation: correlation)) }
    }
}
