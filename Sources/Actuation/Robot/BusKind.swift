/// The kinds of bus as robot files name them, and what each needs to be told.
enum BusKind: String, CaseIterable {
    case maestro, dynamixel, feetech, ohbot, firmata

    init(_ kind: RobotDescription.Bus.Kind) {
        self =
            switch kind {
            case .maestro: .maestro
            case .dynamixel: .dynamixel
            case .feetech: .feetech
            case .ohbot: .ohbot
            case .firmata: .firmata
            }
    }

    static var names: String {
        allCases.dropLast().map(\.rawValue).joined(separator: ", ") + " or " + (allCases.last?.rawValue ?? "")
    }

    /// Keys of a bus beside `kind`, `port` and `baud`.
    var ownKeys: [String] {
        switch self {
        case .maestro: ["device", "crc", "channels"]
        case .dynamixel: ["watchdog_ms"]
        case .feetech, .ohbot, .firmata: []
        }
    }

    /// Bits a second unless the file says otherwise; nil where they do not matter.
    var usualBaud: Int? {
        switch self {
        case .maestro: nil
        case .dynamixel, .feetech: 1_000_000
        case .ohbot: 19_200
        case .firmata: 57_600
        }
    }

    /// The unit of an actuator's raw values.
    var unit: ServoScale.Unit {
        switch self {
        case .maestro, .firmata: .microseconds
        case .dynamixel, .feetech: .ticks
        case .ohbot: .degrees
        }
    }

    /// The key that says where on the bus an actuator hangs.
    var placeKey: String {
        switch self {
        case .maestro: "channel"
        case .dynamixel, .feetech: "id"
        case .ohbot: "motor"
        case .firmata: "pin"
        }
    }

    /// What that key may be.
    var places: ClosedRange<Int> {
        switch self {
        case .maestro: 0...23
        case .dynamixel: 0...252
        case .feetech: 0...253
        case .ohbot: 0...9
        case .firmata: 0...127
        }
    }

    /// Keys of an actuator that only this kind has.
    var actuatorKeys: [String] {
        switch self {
        case .maestro, .firmata: ["pulse_scale_deg_per_us"]
        case .dynamixel, .feetech: ["model"]
        case .ohbot: []
        }
    }
}
