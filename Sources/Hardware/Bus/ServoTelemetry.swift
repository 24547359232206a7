/// What a servo says of itself.
public struct ServoTelemetry: Equatable, Sendable {
    /// Where it stands, rad.
    public var position: Double
    /// Load as a share of the most, −1 to 1, where the servo estimates it; its sign says which way it pushes.
    public var load: Double?
    /// Current, A, where the servo measures it.
    public var current: Double?
    /// Supply, V.
    public var voltage: Double
    /// °C.
    public var temperature: Double

    public init(position: Double, load: Double? = nil, current: Double? = nil, voltage: Double, temperature: Double) {
        self.position = position
        self.load = load
        self.current = current
        self.voltage = voltage
        self.temperature = temperature
    }
}

/// The newest that a servo said of itself, and what it finds wrong.
public struct ServoReport: Equatable, Sendable {
    public var telemetry: ServoTelemetry?
    public var faults: ServoFaults = []

    public init() {}
}
