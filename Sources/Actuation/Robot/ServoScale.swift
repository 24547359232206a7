/// What a bus counts positions in, and the angle that stands for.
///
/// A raw value is the number that the bus' manual speaks of: microseconds of pulse, encoder ticks, or the servo's own
/// degrees. Positions are radians, `(raw − centre) · radiansPerUnit`, so that limits have SI units on every bus.
public struct ServoScale: Sendable, Equatable {
    /// The unit, named as keys of robot and calibration files end.
    public enum Unit: String, Sendable, CaseIterable {
        case microseconds = "us"
        case ticks
        case degrees = "deg"

        /// The unit as people read it after a number.
        public var symbol: String {
            switch self {
            case .microseconds: "µs"
            case .ticks: "ticks"
            case .degrees: "°"
            }
        }

        /// What is counted.
        var quantity: String {
            switch self {
            case .microseconds: "pulse"
            case .ticks: "position"
            case .degrees: "angle"
            }
        }
    }

    public let unit: Unit
    /// The raw value that stands for 0 rad.
    public let centre: Double
    /// Radians for each raw unit; greater than 0.
    public let radiansPerUnit: Double
    /// The smallest raw step that the bus can command.
    public let step: Double
    /// Raw values that the bus can carry at all.
    public let possible: ClosedRange<Double>

    public init(
        unit: Unit, centre: Double, radiansPerUnit: Double, step: Double, possible: ClosedRange<Double>
    ) {
        self.unit = unit
        self.centre = centre
        self.radiansPerUnit = radiansPerUnit
        self.step = step
        self.possible = possible
    }

    /// The position that a raw value commands, rad.
    public func radians(ofRaw raw: Double) -> Double { (raw - centre) * radiansPerUnit }

    /// The raw value of a position in radians, not rounded and not limited.
    public func raw(ofRadians position: Double) -> Double { position / radiansPerUnit + centre }

    /// A hobby servo's pulse in steps of a Maestro's quarter microsecond: 14 bits less the 0 that stops the pulses.
    public static func maestro(radiansPerMicrosecond: Double) -> ServoScale {
        ServoScale(
            unit: .microseconds, centre: 1500, radiansPerUnit: radiansPerMicrosecond, step: 0.25,
            possible: 64...4095.75)
    }

    /// A hobby servo's pulse in the whole microseconds of the Arduino Servo library, which takes less than 544 as
    /// degrees.
    public static func firmata(radiansPerMicrosecond: Double) -> ServoScale {
        ServoScale(
            unit: .microseconds, centre: 1500, radiansPerUnit: radiansPerMicrosecond, step: 1, possible: 544...2400)
    }

    /// Ohbot's whole degrees, 0 to 180.
    public static let ohbot = ServoScale(
        unit: .degrees, centre: 90, radiansPerUnit: .pi / 180, step: 1, possible: 0...180)

    /// An encoder of `count` ticks over `turn` radians, its middle at 0 rad.
    public static func encoder(count: Int, over turn: Double) -> ServoScale {
        ServoScale(
            unit: .ticks, centre: Double(count / 2), radiansPerUnit: turn / Double(count), step: 1,
            possible: 0...Double(count - 1))
    }
}
