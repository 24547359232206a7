import Actuation

/// What a servo finds wrong with itself, in words that all buses share.
public struct ServoFaults: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let voltage = ServoFaults(rawValue: 1 << 0)
    public static let temperature = ServoFaults(rawValue: 1 << 1)
    public static let encoder = ServoFaults(rawValue: 1 << 2)
    public static let electricalShock = ServoFaults(rawValue: 1 << 3)
    public static let overload = ServoFaults(rawValue: 1 << 4)
    public static let current = ServoFaults(rawValue: 1 << 5)

    /// The words, for messages.
    public var names: [String] {
        let all = ["voltage", "temperature", "encoder", "electrical shock", "overload", "current"]
        return all.enumerated().filter { rawValue & (1 << UInt8($0.offset)) != 0 }.map(\.element)
    }

    /// The hardware error register of a Dynamixel (X series address 70; XL320 address 50, whose bits differ).
    public init(dynamixel bits: UInt8, model: ServoModel?) {
        let meanings: [(UInt8, ServoFaults)] =
            model == .xl320
            ? [(1 << 0, .overload), (1 << 1, .temperature), (1 << 2, .voltage)]
            : [
                (1 << 0, .voltage), (1 << 2, .temperature), (1 << 3, .encoder), (1 << 4, .electricalShock),
                (1 << 5, .overload),
            ]
        self = meanings.reduce(into: []) { faults, item in if bits & item.0 != 0 { faults.insert(item.1) } }
    }

    /// The error byte of a Feetech answer.
    public init(feetech bits: UInt8) {
        let meanings: [(UInt8, ServoFaults)] = [
            (1, .voltage), (2, .encoder), (4, .temperature), (8, .current), (32, .overload),
        ]
        self = meanings.reduce(into: []) { faults, item in if bits & item.0 != 0 { faults.insert(item.1) } }
    }
}
