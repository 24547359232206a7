/// How a robot speaks on a broker.
public struct BridgeOptions: Sendable {
    /// How the topics that come most often are written.
    public enum Encoding: String, Sendable, CaseIterable {
        case json
        case cbor
        case both
    }

    /// Messages a second of each of the topics that come most often.
    public var rate = 10.0
    /// The most payload bytes a second that these topics may take together; their rate falls where they would take more.
    public var budget: Double?
    public var encoding = Encoding.json
    /// Whether Home Assistant is told what there is.
    public var homeAssistant = true
    public var homie = false
    public var sparkplug = false
    /// The group of robots that Sparkplug names.
    public var sparkplugGroup = "Mien"
    /// Whether a person's face may come from the broker.
    public var takesPerson = false
    public var seed: UInt64 = 0

    public init() {}
}
