import Glibc

/// The configuration of a private mosquitto: loopback alone, passwords, an access list, and bounds on what one client
/// may cost.
struct BrokerConfiguration {
    var port: Int
    var websockets: Int?
    var folder: String

    /// `mosquitto.conf`.
    var text: String {
        var lines = [
            "# Made by mien; gone with it.",
            // As root mosquitto would become another user, who may not read these files.
            "user \(Self.userName)",
            "allow_anonymous false",
            "password_file \(folder)/passwords",
            "acl_file \(folder)/acl",
            "persistence false",
            "set_tcp_nodelay true",
            "message_size_limit 262144",
            "max_queued_messages 1000",
            "log_dest file \(folder)/broker.log",
            "log_type error",
            "log_type warning",
            "listener \(port) 127.0.0.1",
        ]
        if let websockets {
            // Without the last line mosquitto 2.0.11 listens for websockets on every address, whatever the first says.
            lines += ["listener \(websockets) 127.0.0.1", "protocol websockets", "socket_domain ipv4"]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The access list: a topic stands for an authority, so the list says who has which.
    static let accessList = """
        # Who may do what on a broker with Mien's robots: the access list of `mien broker`, and one to start from.
        # A robot takes `clear` from a broker only with --mqtt-authority operator, which trusts this list.

        # The robots themselves. With many, give each a user and `topic readwrite mien/<robot-id>/#`.
        user robot
        topic readwrite mien/#
        topic readwrite homeassistant/#
        topic readwrite homie/#
        topic readwrite spBv1.0/#
        topic write response/#

        # Whoever may steer, clear an emergency stop and bring a person's face.
        user operator
        topic read mien/#
        topic write mien/+/command/#
        topic write mien/+/sense/#
        topic read homeassistant/#
        topic write homeassistant/status
        topic readwrite homie/#
        topic readwrite spBv1.0/#
        topic readwrite response/#

        # Whoever may watch, and stop a robot: nobody should be kept from that.
        user viewer
        topic read mien/#
        topic write mien/+/command/emergency_stop

        """

    static let users = ["robot", "operator", "viewer"]

    private static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "root"
    }
}
